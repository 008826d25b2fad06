"""How far the projector is: whether a write can be read yet, what it set aside, what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from little_bell.models.partition import process_of
from little_bell.models.tables import (
    campaign_stats,
    dead_records,
    journal_partitions,
    journal_positions,
    journal_sources,
    journal_stream,
    parked_records,
    projector_counts,
    projector_lease,
    projectors,
    recipient_versions,
    routed_records,
)

#: Larger than any number that is given out.
ENDLESS = 2**62


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
    if folded is not None:
        return tuple(folded) >= (segment, offset)
    return _is_folded_of_shared(connection, journal, segment, offset)


def _is_folded_of_shared(connection: Connection, source: str, partitions: int, number: int) -> bool:
    """The same of a journal that is shared: the bits of `partitions` say where it went; what was handed on has to be folded too."""
    table = journal_sources.c
    rows = connection.execute(select(table.partition).where(table.source == source, table.sequence >= number))
    folded = sum(1 << row.partition for row in rows)
    if not partitions or folded & partitions != partitions:
        return False
    return not partitions & 1 or connection.execute(select(routed_records.c.id).limit(1)).first() is None


def projection(connection: Connection) -> ProjectionRow:
    """The projector's book-keeping in numbers."""
    lasts = [connection.execute(select(func.max(table.c.folded_at))).scalar() for table in (journal_positions, journal_partitions)]
    folded_at = max((last for last in lasts if last is not None), default=None)
    parked = connection.execute(select(func.count()).select_from(parked_records)).scalar_one()
    dead = connection.execute(select(func.count()).select_from(dead_records)).scalar_one()
    counts = {row.name: row.events for row in connection.execute(select(projector_counts))}
    return ProjectionRow(folded_at, parked, dead, counts)


def holder_until(connection: Connection) -> datetime | None:
    """Until when somebody holds the right to fold; None if nobody does."""
    return connection.execute(select(projector_lease.c.expires_at)).scalar()


@dataclass(frozen=True, slots=True)
class SharedRow:
    """A journal that is shared: why it isn't folded ("" while all is well), how many projectors are alive, and how far they have come.

    `folded` is by partition the sequence in the stream; 0 where the stream isn't the one that was folded.
    """

    stream: str
    alarm: str
    partitions: int
    projectors: int
    unowned: int
    folded: Mapping[int, int] = field(default_factory=dict)


def shared_journal(connection: Connection, moment: datetime) -> SharedRow | None:
    """How the projectors of a shared journal are; None where it isn't shared."""
    stream = connection.execute(select(journal_stream.c.name, journal_stream.c.alarm, journal_stream.c.partitions)).first()
    if stream is None:
        return None
    alive = set(connection.execute(select(projectors.c.name).where(projectors.c.expires_at > moment)).scalars())
    table = journal_partitions.c
    rows = connection.execute(select(table.partition, table.owner, table.sequence)).all()
    folded = {row.partition: 0 if stream.alarm else row.sequence for row in rows}
    return SharedRow(
        stream.name,
        stream.alarm,
        stream.partitions,
        len({process_of(name) for name in alive}),
        sum(row.owner not in alive for row in rows),
        folded,
    )


def stream_alarm(connection: Connection) -> str:
    """Why the shared journal isn't folded; "" while it is, and where there is none."""
    return connection.execute(select(journal_stream.c.alarm)).scalar() or ""


def changed_recipients(connection: Connection, after: int) -> tuple[int, list[int]]:
    """The newest turn that changed rows of recipients, and whose tenants' have changed since `after`."""
    table = recipient_versions.c
    rows = connection.execute(select(table.version, table.tenant_id).where(table.version > after).order_by(table.version)).all()
    return (rows[-1].version if rows else after), [row.tenant_id for row in rows]


def changed_campaigns(connection: Connection, after: int) -> tuple[int, list[tuple[int, int]]]:
    """The newest fold that changed a campaign, and (tenant id, campaign id) of all that folds behind `after` changed.

    Folds of several projectors aren't committed in the order of their numbers: those behind one that is at it come later.
    """
    table = campaign_stats.c
    is_over = table.changed_in < func.coalesce(select(func.min(projectors.c.fold)).scalar_subquery(), ENDLESS)
    statement = select(table.changed_in, table.tenant_id, table.campaign_id).where(table.changed_in > after, is_over)
    statement = statement.order_by(table.changed_in)
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
