"""Bounces: each as it was reported, and how many messages by reason and by category."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal, or_, select, tuple_

from little_bell.domain.errors import NotFound
from little_bell.models import to_micros
from little_bell.models.tables import bounce_stats, bounces, campaigns
from little_bell.queries.campaigns import live
from little_bell.queries.paging import SCANNED_ROWS, Page, beyond, decode_cursor, encode_cursor, horizon, id_after, page_of
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class BounceRow:
    """One bounce; its id is its event's."""

    id: int
    campaign_id: int
    message_id: int
    recipient_email: str
    address: str
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
    """What to look for; None and "" mean anything. `reason` is any part of the text; the period is [start, end).

    `search` is any part of the address or of the text.
    """

    campaign_id: int | None = None
    bounce_type: str | None = None
    category: str | None = None
    reason: str = ""
    domain: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    is_hard: bool | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class BounceCount:
    """How many messages bounced for this reason (or category) in this way."""

    bounce_type: str
    category: str
    reason: str
    bounced: int


#: What a list can be sorted by, with the index that serves it.
SORTS = ("newest", "oldest", "recipient")


def list_bounces(
    connection: Connection, tenant_id: int, wanted: BounceFilter, *, limit: int = 50, cursor: str | None = None, sort: str = "newest"
) -> Page[BounceRow]:
    """A page of bounces. A rare filter looks at a bounded number of rows, so a page can be short and still have a next one."""
    if sort == "recipient":
        return _by_recipient(connection, tenant_id, wanted, limit, cursor)
    newest_first = sort == "newest"
    conditions = _indexed(tenant_id, wanted)
    after = id_after(cursor)
    if after is not None:
        conditions.append(beyond(bounces.c.id, after, newest_first))
    edge, filters = None, _filters(wanted)
    if filters:
        edge = horizon(connection, bounces.c.id, conditions, newest_first)
        if edge is not None:
            conditions.append(bounces.c.id >= edge if newest_first else bounces.c.id <= edge)
    order = bounces.c.id.desc() if newest_first else bounces.c.id
    found = connection.execute(_rows(tenant_id, [*conditions, *filters]).order_by(order).limit(limit + 1))
    return page_of([BounceRow(*row) for row in found], limit, edge)


def _by_recipient(connection: Connection, tenant_id: int, wanted: BounceFilter, limit: int, cursor: str | None) -> Page[BounceRow]:
    """The same in the order of the addresses, and of each the oldest first."""
    key = (bounces.c.address, bounces.c.occurred_at, bounces.c.id)
    conditions: list[ColumnElement[bool]] = [bounces.c.tenant_id == tenant_id]
    if cursor is not None:
        address, micros, id_ = decode_cursor(cursor, str, int, int)
        conditions.append(tuple_(*key) > tuple_(literal(address), literal(micros), literal(id_)))
    last = connection.execute(select(*key).where(*conditions).order_by(*key).offset(SCANNED_ROWS - 1).limit(1)).one_or_none()
    edge = None if last is None else (last.address, to_micros(last.occurred_at), last.id)
    filters = [*_indexed(tenant_id, wanted), *_filters(wanted)]
    if edge is not None:
        filters.append(tuple_(*key) <= tuple_(*(literal(part) for part in edge)))
    found = connection.execute(_rows(tenant_id, [*conditions, *filters]).order_by(*key).limit(limit + 1)).all()
    rows = [BounceRow(*row) for row in found[:limit]]
    if len(found) > limit:
        edge = (rows[-1].address, to_micros(rows[-1].occurred_at), rows[-1].id)
    return Page(rows, None if edge is None else encode_cursor(*edge))


def get_bounce(connection: Connection, tenant_id: int, bounce_id: int) -> BounceRow:
    """One bounce. Raises NotFound, also for another tenant's."""
    row = connection.execute(_rows(tenant_id, [bounces.c.tenant_id == tenant_id, bounces.c.id == bounce_id])).one_or_none()
    if row is None:
        raise NotFound("there is no such bounce", "bounce_id")
    return BounceRow(*row)


def _rows(tenant_id: int, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(*columns_of(bounces, BounceRow))
        .join_from(bounces, campaigns, campaigns.c.id == bounces.c.campaign_id)
        .where(*conditions, live(tenant_id))
    )


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
    if wanted.is_hard is not None:
        conditions.append(bounces.c.is_hard == wanted.is_hard)
    if wanted.search:
        texts = (bounces.c.address, bounces.c.reason)
        conditions.append(or_(*(column.icontains(wanted.search.strip(), autoescape=True) for column in texts)))
    if wanted.start is not None:
        conditions.append(bounces.c.occurred_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(bounces.c.occurred_at < wanted.end)
    return conditions
