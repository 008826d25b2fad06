"""Clicks by the place of their link in the mail."""

from dataclasses import dataclass

from sqlalchemy import Connection

from little_bell.queries.links import campaign_links


@dataclass(frozen=True, slots=True)
class LinkPosition:
    """A link at a place: 1 is the first link of the mail's HTML, None a place that isn't known (text part, links signed one by one)."""

    position: int | None
    link_id: int
    url: str
    clicks: int
    human_clicks: int


def link_positions(connection: Connection, tenant_id: int, campaign_id: int, limit: int = 1_000) -> list[LinkPosition]:
    """The places in the order of the mail, those not known at the end."""
    rows = campaign_links(connection, tenant_id, campaign_id, limit)
    return [LinkPosition(None, row.id, row.url, row.clicks, row.human_clicks) for row in rows]
