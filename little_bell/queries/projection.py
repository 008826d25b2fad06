"""How far the projector is: whether a write can be read yet, what it set aside, what has changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from little_bell.models.tables import campaign_stats, dead_records, journal_positions, parked_records, projector_counts, projector_lease


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


def holder_until(connection: Connection) -> datetime | None:
    """Until when somebody holds the right to fold; None if nobody does."""
    return connection.execute(select(projector_lease.c.expires_at)).scalar()


def changed_campaigns(connection: Connection, after: int) -> tuple[int, list[tuple[int, int]]]:
    """The newest fold that changed a campaign, and (tenant id, campaign id) of all that folds behind `after` changed."""
    table = campaign_stats.c
    statement = select(table.changed_in, table.tenant_id, table.campaign_id).where(table.changed_in > after).order_by(table.changed_in)
    changed = connection.execute(statement).all()
    return (changed[-1].changed_in if changed else after), [(row.tenant_id, row.campaign_id) for row in changed]


def event_totals(connection: Connection) -> dict[tuple[str, str], int]:
    """Counted opens and clicks of all tenants, as ("opened" or "clicked", "all" or "human")."""
    names = {
        ("opened", "all"): "opens",
        ("opened", "human"): "human_opens",
        ("clicked", "all"): "clicks",
        ("clicked", "human"): "human_clicks",
    }
    sums = connection.execute(select(*(func.coalesce(func.sum(campaign_stats.c[name]), 0) for name in names.values()))).one()
    return {key: int(value) for key, value in zip(names, sums, strict=True)}


def database_bytes(connection: Connection) -> int:
    """The size of the main database."""
    on_sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    statement = on_sqlite if connection.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"
    return int(connection.execute(text(statement)).scalar_one())


def is_reachable(connection: Connection) -> bool:
    """True, if it can be said at all."""
    return bool(connection.execute(select(1)).scalar_one())
