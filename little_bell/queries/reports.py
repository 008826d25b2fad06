"""Mail that came back, as it came: what became of it, and what waits for somebody to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import webhook_receipts
from little_bell.queries.paging import Page, beyond, id_after, page_of
from little_bell.queries.rows import columns_of

MAIL = "mail"
#: What may have become of a mail.
State = Literal["matched", "unmatched", "ignored"]
#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A mail and its outcome. `external_id` is its digest, which events name as their `report`; `headers` says how it came."""

    id: int
    external_id: str
    headers: dict[str, Any]
    body: bytes
    received_at: datetime
    handled_at: datetime | None
    state: str | None
    outcome: str | None


_table = webhook_receipts.c
_columns = columns_of(webhook_receipts, ReportRow)


def list_reports(
    connection: Connection, tenant_id: int, state: str | None = None, *, limit: int = 50, cursor: str | None = None
) -> Page[ReportRow]:
    """A page of the tenant's reports, the newest first. `state`: matched, unmatched, ignored."""
    conditions = [_table.tenant_id == tenant_id, _table.provider == MAIL]
    if state is not None:
        conditions.append(_table.state == state)
    after = id_after(cursor)
    if after is not None:
        conditions.append(beyond(_table.id, after, True))
    statement = select(*_columns).where(*conditions).order_by(_table.id.desc()).limit(limit + 1)
    return page_of([ReportRow(*row) for row in connection.execute(statement)], limit)


def get_report(connection: Connection, tenant_id: int, report_id: int) -> ReportRow:
    """One report. Raises NotFound."""
    return _one(connection, _table.tenant_id == tenant_id, _table.id == report_id)


def get_report_by_digest(connection: Connection, tenant_id: int, digest: str) -> ReportRow:
    """The report that an event names. Raises NotFound."""
    return _one(connection, _table.tenant_id == tenant_id, _table.external_id == digest)


def report_states(connection: Connection, tenant_id: int | None, digests: Sequence[str]) -> dict[str, str]:
    """What became of some mails, by digest; those that aren't filed yet are left out. Without a tenant whose ever they are."""
    mine = () if tenant_id is None else (_table.tenant_id == tenant_id,)
    found: dict[str, str] = {}
    for start in range(0, len(digests), MANY):
        these = (*mine, _table.external_id.in_(digests[start : start + MANY]), _table.provider == MAIL)
        found |= {row.external_id: row.state for row in connection.execute(select(_table.external_id, _table.state).where(*these))}
    return found


def _one(connection: Connection, *conditions: Any) -> ReportRow:
    row = connection.execute(select(*_columns).where(_table.provider == MAIL, *conditions)).one_or_none()
    if row is None:
        raise NotFound("there is no such report", "report_id")
    return ReportRow(*row)


def count_unmatched(connection: Connection, tenant_id: int, up_to: int = 1_000) -> int:
    """How many reports wait for somebody to look; from `up_to` on it isn't counted further."""
    waiting = (_table.tenant_id == tenant_id, _table.state == "unmatched", _table.provider == MAIL)
    some = select(_table.id).where(*waiting).limit(up_to).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()
