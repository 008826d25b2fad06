"""How far the projector is: whether a write can be read yet, what it set aside, what has changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from little_bell.models.tables import campaign_stats, dead_records, journal_positions, parked_records, projector_counts


@dataclass(frozen=True, slots=True)
class ProjectionRow:
    """What the metrics and `doctor` show. `counts` are events that weren't counted, by named reason."""

    folded_at: datetime | None
    parked_records: int
    dead_records: int
    counts: dict[str, int]


def is_folded(connection: Connection, position: tuple[str, int, int]) -> bool:
    """Whether what was appended at this journal position is in the tables yet."""
    journal, segment, offset = position
    table = journal_positions.c
    folded = connection.execute(select(table.segment, table.offset).where(table.journal == journal)).one_or_none()
    return folded is not None and tuple(folded) >= (segment, offset)


def projection(connection: Connection) -> ProjectionRow:
    """The projector's book-keeping in numbers."""
    folded_at = connection.execute(select(func.max(journal_positions.c.folded_at))).scalar()
    parked = connection.execute(select(func.count()).select_from(parked_records)).scalar_one()
    dead = connection.execute(select(func.count()).select_from(dead_records)).scalar_one()
    counts = {row.name: row.events for row in connection.execute(select(projector_counts))}
    return ProjectionRow(folded_at, parked, dead, counts)


def changed_campaigns(connection: Connection, after: int) -> tuple[int, list[tuple[int, int]]]:
    """The newest fold that changed a campaign, and (tenant id, campaign id) of all that folds behind `after` changed."""
    table = campaign_stats.c
    statement = select(table.changed_in, table.tenant_id, table.campaign_id).where(table.changed_in > after).order_by(table.changed_in)
    changed = connection.execute(statement).all()
    return (changed[-1].changed_in if changed else after), [(row.tenant_id, row.campaign_id) for row in changed]
