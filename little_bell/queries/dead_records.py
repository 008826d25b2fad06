"""Records that could not be folded, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import dead_records as table
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A record as the journal held it, where it stood there, and the reason why it wasn't folded."""

    id: int
    journal: str
    segment: int
    offset: int
    reason: str
    record: bytes
    died_at: datetime


def list_dead(connection: Connection, limit: int = 1_000) -> list[DeadRow]:
    """The newest first."""
    statement = select(*columns_of(table, DeadRow)).order_by(table.c.id.desc()).limit(limit)
    return [DeadRow(*row) for row in connection.execute(statement)]


def is_any_dead(connection: Connection) -> bool:
    """Whether something waits for somebody to look at it."""
    return connection.execute(select(table.c.id).limit(1)).first() is not None


def dead_ids(connection: Connection) -> list[int]:
    """The ids of all, the oldest first."""
    return list(connection.execute(select(table.c.id).order_by(table.c.id)).scalars())


def dead_records(connection: Connection, ids: Sequence[int]) -> list[DeadRow]:
    """Those with these ids, at most a few thousand, the oldest first. Raises NotFound if one isn't there."""
    rows = [
        DeadRow(*row) for row in connection.execute(select(*columns_of(table, DeadRow)).where(table.c.id.in_(ids)).order_by(table.c.id))
    ]
    missing = set(ids) - {row.id for row in rows}
    if missing:
        raise NotFound(f"there is no dead record {min(missing)}", "id")
    return rows
