"""Clicks by the place of their link in the mail."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.models.tables import links
from little_bell.queries.analytics.traits import trait_rows
from little_bell.queries.links import campaign_links

MOST = 1_000


@dataclass(frozen=True, slots=True)
class LinkPosition:
    """A link at a place: 1 is the first link of the mail's HTML, None a place that isn't known (text part, links signed one by one)."""

    position: int | None
    link_id: int
    url: str
    clicks: int
    human_clicks: int


def link_positions(connection: Connection, tenant_id: int, campaign_id: int) -> list[LinkPosition]:
    """The places in the order of the mail, those not known at the end, the most clicked first. A link that stands twice has two places."""
    rows = trait_rows(connection, tenant_id, campaign_id, "position", MOST)
    places = [(int(place), int(link_id)) for place, _, link_id in (row.value.partition(":") for row in rows)]
    urls = _urls(connection, tenant_id, {link_id for _, link_id in places})
    known = [
        LinkPosition(place, link_id, urls.get(link_id, ""), row.clicks, row.human_clicks)
        for (place, link_id), row in zip(places, rows, strict=True)
    ]
    clicks, human_clicks = Counter[int](), Counter[int]()
    for row in known:
        clicks[row.link_id] += row.clicks
        human_clicks[row.link_id] += row.human_clicks
    elsewhere = [
        LinkPosition(None, row.id, row.url, row.clicks - clicks[row.id], row.human_clicks - human_clicks[row.id])
        for row in campaign_links(connection, tenant_id, campaign_id, MOST)
    ]
    return sorted(known, key=lambda row: (row.position or 0, -row.clicks)) + [row for row in elsewhere if row.clicks > 0]


def _urls(connection: Connection, tenant_id: int, ids: set[int]) -> dict[int, str]:
    rows = connection.execute(select(links.c.id, links.c.url).where(links.c.id.in_(ids), links.c.tenant_id == tenant_id))
    return {row.id: row.url for row in rows}
