"""Who gets no more mail: one address, many at once, or a page of the list. What has expired is not there."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from little_bell.domain.addresses import address_key
from little_bell.domain.spreadsheets import inert
from little_bell.domain.suppressions import Rules
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import suppression_rules, suppressions
from little_bell.queries.exports import stamp
from little_bell.queries.paging import SCANNED_ROWS, Page, decode_cursor, encode_cursor

CHUNK_ROWS = 2_000
CSV_COLUMNS = ("address", "reason", "source", "suppressed_at", "expires_at", "note", "message_id")


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One of the reasons against an address."""

    why: str
    source: str
    since: datetime
    expires_at: datetime | None
    note: str
    message_id: int | None


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """A suppressed address with the reason that leads, and all there are."""

    address: str
    email: str
    why: str
    source: str
    note: str
    message_id: int | None
    since: datetime
    expires_at: datetime | None
    reasons: list[ReasonRow]


@dataclass(frozen=True, slots=True)
class SuppressionFilter:
    """What to look for; None and "" mean anything. `search` is any part of the address."""

    search: str = ""
    why: str | None = None


_table = suppressions.c
_columns = (
    *(_table.address, _table.email, _table.why, _table.source, _table.note, _table.message_id, _table.since, _table.expires_at),
    _table.entries,
)


def find_suppression(connection: Connection, tenant_id: int, email: str) -> SuppressionRow | None:
    """What is known against the address; None if it isn't suppressed."""
    mine = (_table.tenant_id == tenant_id, _table.address == address_key(email), _is_in_force())
    row = connection.execute(select(*_columns).where(*mine)).one_or_none()
    return None if row is None else _row(row)


def list_suppressions(
    connection: Connection, tenant_id: int, wanted: SuppressionFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[SuppressionRow]:
    """A page of suppressed addresses, the newest first. A search looks at a bounded number of rows, so a page can be short.

    Raises Invalid for a cursor that isn't one.
    """
    conditions = _indexed(tenant_id, wanted.why)
    if cursor is not None:
        conditions.append(_behind(*decode_cursor(cursor, int, str)))
    filters, edge = [_is_in_force()], None
    if wanted.search:
        edge = _horizon(connection, conditions)
        filters.append(_table.address.icontains(wanted.search.strip().lower(), autoescape=True))
        if edge is not None:
            filters.append(~_behind(*edge))
    order = (_table.since.desc(), _table.address.desc())
    found = connection.execute(select(*_columns).where(*conditions, *filters).order_by(*order).limit(limit + 1)).all()
    rows = [_row(row) for row in found[:limit]]
    if len(found) > limit:
        edge = (to_micros(rows[-1].since), rows[-1].address)
    return Page(rows, None if edge is None else encode_cursor(*edge))


def count_suppressions(connection: Connection, tenant_id: int, up_to: int = 10_000) -> int:
    """How many addresses are suppressed; from `up_to` on it isn't counted further."""
    some = select(_table.address).where(_table.tenant_id == tenant_id, _is_in_force()).limit(up_to).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def get_rules(connection: Connection, tenant_id: int) -> Rules:
    """By what rules the tenant's addresses are suppressed by themselves."""
    table = suppression_rules.c
    columns = (table.on_hard_bounce, table.on_complaint, table.soft_bounces, table.soft_of, table.soft_days)
    row = connection.execute(select(*columns).where(table.tenant_id == tenant_id)).one_or_none()
    return Rules() if row is None else Rules(*row)


def suppressions_csv(connect: Callable[[], AbstractContextManager[Connection]], tenant_id: int, wanted: SuppressionFilter) -> Iterator[str]:
    """The list as CSV, in pieces and constant memory: a line for each reason, so that an import of it loses nothing."""
    yield ",".join(CSV_COLUMNS) + "\r\n"
    cursor = None
    while True:
        # A transaction of its own for each chunk: a client that reads slowly must not hold a snapshot open.
        with connect() as connection:
            page = list_suppressions(connection, tenant_id, wanted, limit=CHUNK_ROWS, cursor=cursor)
        text = io.StringIO()
        csv.writer(text).writerows(_line(row, reason) for row in page.rows for reason in row.reasons)
        yield text.getvalue()
        cursor = page.next_cursor
        if cursor is None:
            return


def _line(row: SuppressionRow, reason: ReasonRow) -> tuple[Any, ...]:
    expires_at = "" if reason.expires_at is None else stamp(to_micros(reason.expires_at))
    since = stamp(to_micros(reason.since))
    return (inert(row.email), reason.why, inert(reason.source), since, expires_at, inert(reason.note), reason.message_id or "")


def _is_in_force() -> ColumnElement[bool]:
    return or_(_table.expires_at.is_(None), _table.expires_at > now())


def _indexed(tenant_id: int, why: str | None) -> list[ColumnElement[bool]]:
    mine: list[ColumnElement[bool]] = [_table.tenant_id == tenant_id]
    return mine if why is None else [*mine, _table.why == why]


def _behind(since: int, address: str) -> ColumnElement[bool]:
    """That a row comes behind this one in the order of the list."""
    when = from_micros(since)
    return and_(_table.since <= when, or_(_table.since < when, _table.address < address))


def _horizon(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> tuple[int, str] | None:
    """The last row that a search looks at; None if there are fewer than it may look at."""
    order = (_table.since.desc(), _table.address.desc())
    last = select(_table.since, _table.address).where(*conditions).order_by(*order).offset(SCANNED_ROWS - 1).limit(1)
    row = connection.execute(last).one_or_none()
    return None if row is None else (to_micros(row.since), row.address)


def _row(row: Any) -> SuppressionRow:
    *own, entries = row
    own.append([_reason(entry) for entry in entries])
    return SuppressionRow(*own)


def _reason(entry: dict[str, Any]) -> ReasonRow:
    expires_at = None if entry["expires_at"] is None else from_micros(entry["expires_at"])
    return ReasonRow(entry["why"], entry["source"], from_micros(entry["since"]), expires_at, entry["note"], entry["message_id"])
