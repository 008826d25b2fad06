"""Reports that are pinned to a set of sums which was kept under a name (`stats keep`, `stats rejudge --keep-as`, the page of rules)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, FromClause, Table, event, func, select, union
from sqlalchemy.sql import visitors

from little_bell.domain.errors import NotFound
from little_bell.domain.verdicts.reasons import VERSIONS
from little_bell.models import EVERYBODY, KEPT
from little_bell.models.tables import campaign_stats, kept_sets, message_quarters


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set: its name, the version of the rules it was judged by and what that says, when it was made and by whom.

    `is_own`: of this tenant alone, and its members can drop it. One that isn't whole holds totals, periods and links only.
    """

    name: str
    rules: int
    says: str
    made_at: datetime
    made_by: str
    is_own: bool
    is_whole: bool


def list_sets(connection: Connection, tenant_id: int = EVERYBODY) -> list[SetRow]:
    """The sets that hold numbers of the tenant, its own and those over all tenants, the newest first; without one the latter alone."""
    table = kept_sets.c
    found = select(kept_sets).where(table.tenant_id.in_((EVERYBODY, tenant_id))).order_by(table.id.desc())
    return [_row(row) for row in connection.execute(found)]


def get_set(connection: Connection, tenant_id: int, name: str) -> SetRow:
    """The set of that name that holds numbers of the tenant. Raises NotFound."""
    return _row(_find(connection, tenant_id, name))


def campaigns_kept(connection: Connection, set_id: int) -> int:
    """Of how many campaigns a set holds anything: each has registered messages or sums."""
    mine = (select(twin.c.campaign_id).where(twin.c.set_id == set_id) for twin in (KEPT[message_quarters], KEPT[campaign_stats]))
    return connection.execute(select(func.count()).select_from(union(*mine).subquery())).scalar_one()


@contextmanager
def pinned(connection: Connection, tenant_id: int, name: str | None) -> Iterator[SetRow | None]:
    """While it lasts, every sum that is read on the connection is that of the set; without a name, of now. Raises NotFound.

    The queries stay as they are: in their statements the rollups are replaced by what the set holds of them.
    """
    if not name:
        yield None
        return
    found = _find(connection, tenant_id, name)
    parts = {rollup: _part(rollup, twin, found.id) for rollup, twin in KEPT.items()}

    def instead(element: Any, **_options: Any) -> Any:
        if isinstance(element, Column):
            part = parts.get(element.table)
            return None if part is None else part.c[element.name]
        return parts.get(element) if isinstance(element, Table) else None

    def pin(_connection: Connection, statement: Any, many: Any, one: Any, _options: Any) -> tuple[Any, Any, Any]:
        return visitors.replacement_traverse(statement, {}, instead), many, one

    event.listen(connection, "before_execute", pin, retval=True)
    try:
        yield _row(found)
    finally:
        event.remove(connection, "before_execute", pin)


def _find(connection: Connection, tenant_id: int, name: str) -> Any:
    table = kept_sets.c  # of two with one name, made in the same moment, the tenant's own
    mine = select(kept_sets).where(table.tenant_id.in_((EVERYBODY, tenant_id)), table.name == name)
    found = connection.execute(mine.order_by(table.tenant_id.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFound("there is no such set", "set")
    return found


def _part(rollup: Table, twin: Table, set_id: int) -> FromClause:
    columns = [column for column in twin.columns if column.name != "set_id"]
    return select(*columns).where(twin.c.set_id == set_id).subquery(rollup.name)


def _row(row: Any) -> SetRow:
    says = VERSIONS[row.rules].says if row.rules in VERSIONS else ""
    return SetRow(row.name, row.rules, says, row.made_at, row.made_by, row.tenant_id != EVERYBODY, row.is_whole)
