"""Bounces: each as it was reported, and how many messages by reason and by category."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, func, select

from little_bell.models.tables import bounce_stats, bounces, campaigns
from little_bell.queries.campaigns import live
from little_bell.queries.paging import Page, beyond, horizon, id_after, page_of
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class BounceRow:
    """One bounce; its id is its event's."""

    id: int
    campaign_id: int
    message_id: int
    recipient_email: str
    domain: str
    bounce_type: str
    bounce_subtype: str | None
    category: str
    is_hard: bool
    reason: str
    diagnostic_code: str | None
    source: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class BounceFilter:
    """What to look for; None and "" mean anything. `reason` is any part of the text; the period is [start, end)."""

    campaign_id: int | None = None
    bounce_type: str | None = None
    category: str | None = None
    reason: str = ""
    domain: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class BounceCount:
    """How many messages bounced for this reason (or category) in this way."""

    bounce_type: str
    category: str
    reason: str
    bounced: int


def list_bounces(
    connection: Connection, tenant_id: int, wanted: BounceFilter, *, limit: int = 50, cursor: str | None = None, newest_first: bool = True
) -> Page[BounceRow]:
    """A page of bounces. A rare filter looks at a bounded number of rows, so a page can be short and still have a next one."""
    conditions = _indexed(tenant_id, wanted)
    after = id_after(cursor)
    if after is not None:
        conditions.append(beyond(bounces.c.id, after, newest_first))
    edge, filters = None, _filters(wanted)
    if filters:
        edge = horizon(connection, bounces.c.id, conditions, newest_first)
        if edge is not None:
            conditions.append(bounces.c.id >= edge if newest_first else bounces.c.id <= edge)
    statement = (
        select(*columns_of(bounces, BounceRow))
        .join_from(bounces, campaigns, campaigns.c.id == bounces.c.campaign_id)
        .where(*conditions, *filters, live(tenant_id))
        .order_by(bounces.c.id.desc() if newest_first else bounces.c.id)
        .limit(limit + 1)
    )
    return page_of([BounceRow(*row) for row in connection.execute(statement)], limit, edge)


def bounces_by_reason(connection: Connection, tenant_id: int, campaign_id: int | None = None, limit: int = 1_000) -> list[BounceCount]:
    """Bounced messages by type, category and the text as given, the most frequent first."""
    return _count(connection, tenant_id, campaign_id, [bounce_stats.c.bounce_type, bounce_stats.c.category, bounce_stats.c.reason], limit)


def bounces_by_category(connection: Connection, tenant_id: int, campaign_id: int | None = None) -> list[BounceCount]:
    """Bounced messages by type and category, the most frequent first; `reason` is empty."""
    return _count(connection, tenant_id, campaign_id, [bounce_stats.c.bounce_type, bounce_stats.c.category], 1_000)


def _count(connection: Connection, tenant_id: int, campaign_id: int | None, by: list[Column[str]], limit: int) -> list[BounceCount]:
    bounced = func.sum(bounce_stats.c.bounced).label("bounced")
    statement = (
        select(*by, bounced)
        .join_from(bounce_stats, campaigns, campaigns.c.id == bounce_stats.c.campaign_id)
        .where(bounce_stats.c.tenant_id == tenant_id, live(tenant_id))
        .group_by(*by)
        .having(bounced > 0)
        .order_by(bounced.desc(), *by)
        .limit(limit)
    )
    if campaign_id is not None:
        statement = statement.where(bounce_stats.c.campaign_id == campaign_id)
    named = [row._asdict() for row in connection.execute(statement)]
    return [BounceCount(row["bounce_type"], row["category"], row.get("reason", ""), int(row["bounced"])) for row in named]


def bounce_conditions(tenant_id: int, wanted: BounceFilter) -> list[ColumnElement[bool]]:
    """The whole filter, as an export takes it."""
    return _indexed(tenant_id, wanted) + _filters(wanted)


def _indexed(tenant_id: int, wanted: BounceFilter) -> list[ColumnElement[bool]]:
    conditions = [bounces.c.tenant_id == tenant_id]
    if wanted.campaign_id is not None:
        conditions.append(bounces.c.campaign_id == wanted.campaign_id)
    return conditions


def _filters(wanted: BounceFilter) -> list[ColumnElement[bool]]:
    conditions = []
    for name in ("bounce_type", "category"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(bounces.c[name] == value)
    if wanted.domain is not None:
        conditions.append(bounces.c.domain == wanted.domain.lower())
    if wanted.reason:
        conditions.append(bounces.c.reason.icontains(wanted.reason, autoescape=True))
    if wanted.start is not None:
        conditions.append(bounces.c.occurred_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(bounces.c.occurred_at < wanted.end)
    return conditions
