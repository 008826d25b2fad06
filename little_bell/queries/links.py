"""Links of a campaign and the clicks on them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from little_bell.models.tables import link_clicks, link_stats, links
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A destination; `clicks` are events, `unique_clicks` messages."""

    id: int
    url: str
    created_at: datetime
    clicks: int
    human_clicks: int
    unique_clicks: int
    unique_human_clicks: int


@dataclass(frozen=True, slots=True)
class MessageLinkRow:
    """A link that a message's reader followed."""

    link_id: int
    url: str
    clicks: int
    human_clicks: int
    first_at: datetime
    human_first_at: datetime | None


def campaign_links(connection: Connection, tenant_id: int, campaign_id: int, limit: int = 1_000) -> list[LinkRow]:
    """The links of a campaign, the most clicked first. The caller has made sure that the campaign is the tenant's."""
    counts = [func.coalesce(link_stats.c[name], 0) for name in ("clicks", "human_clicks", "unique_clicks", "unique_human_clicks")]
    stats = and_(link_stats.c.tenant_id == tenant_id, link_stats.c.link_id == links.c.id)
    statement = (
        select(links.c.id, links.c.url, links.c.created_at, *counts)
        .outerjoin_from(links, link_stats, stats)
        .where(links.c.tenant_id == tenant_id, links.c.campaign_id == campaign_id)
        .order_by(counts[0].desc(), links.c.id)
        .limit(limit)
    )
    return [LinkRow(*row) for row in connection.execute(statement)]


def message_links(connection: Connection, tenant_id: int, message_id: int, limit: int = 1_000) -> list[MessageLinkRow]:
    """The links that a message's reader followed, in the order of their first click."""
    statement = (
        select(link_clicks.c.link_id, links.c.url, *columns_of(link_clicks, MessageLinkRow)[1:])
        .join_from(link_clicks, links, links.c.id == link_clicks.c.link_id)
        .where(link_clicks.c.message_id == message_id, link_clicks.c.tenant_id == tenant_id)
        .order_by(link_clicks.c.first_at)
        .limit(limit)
    )
    return [MessageLinkRow(*row) for row in connection.execute(statement)]
