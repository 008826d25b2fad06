"""On PostgreSQL events lie in partitions by the time of receipt: made ahead here, and dropped whole by retention (frozen.py)."""

import logging
import re
from dataclasses import dataclass
from typing import Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from little_bell.domain.times import from_micros
from little_bell.projector.placing import DAY

log = logging.getLogger(__name__)

#: A partition holds so many days. Retention takes whole ones, so that with few days kept they are short; each costs
#: every look-up by message a glance into its index, so that with all kept they are long.
SHORT_DAYS, USUAL_DAYS, LONG_DAYS = 1, 7, 28
SHORT_RETENTION: Final = 60
#: They are made for so long ahead: a projector that is away for less finds them when it comes back.
AHEAD: Final = 14 * DAY
#: Partitions that a projector makes afterwards which was away for longer; what came before those stays in the default one.
LONGEST_GAP: Final = 60
#: A Monday, in microseconds since 1970.
MONDAY: Final = 4 * DAY
#: Readers of events wait for a partition to be made or dropped, and that waits for readers: so long at most, then it is tried later.
LOCK_TIMEOUT = "200ms"
LEAST: Final = 0

_PARTITIONS = text(
    "SELECT inhrelid::regclass::text AS name, pg_get_expr(relpartbound, pg_class.oid) AS bounds FROM pg_inherits "
    "JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'message_events'::regclass"
)
_BOUNDS = re.compile(r"FROM \((?:'(-?\d+)'|MINVALUE)\) TO \('(-?\d+)'\)")


@dataclass(frozen=True, slots=True)
class Partition:
    """Events received from `start` on and before `end`, in microseconds."""

    name: str
    start: int
    end: int


def partitions(connection: Connection) -> list[Partition]:
    """The partitions with bounds, the oldest first; the default one, for what has no other, isn't among them."""
    found = []
    for name, bounds in connection.execute(_PARTITIONS):
        if said := _BOUNDS.search(bounds):
            found.append(Partition(name, LEAST if said[1] is None else int(said[1]), int(said[2])))
    return sorted(found, key=lambda partition: partition.end)


def days_each(retention_days: int) -> int:
    """How many days a partition holds where events are kept so long (0: for good)."""
    if not retention_days:
        return LONG_DAYS
    return SHORT_DAYS if retention_days <= SHORT_RETENTION else USUAL_DAYS


def make_ahead(connection: Connection, present: int, retention_days: int) -> int:
    """Make the partitions that the next two weeks need; how many. Rows that had to go elsewhere so far move into them."""
    width, known = days_each(retention_days) * DAY, partitions(connection)
    this_one = present - (present - MONDAY) % width
    start = known[-1].end if known and known[-1].end > this_one - LONGEST_GAP * width else this_one
    made = 0
    while start < present + AHEAD:
        _make(connection, start, start + width)
        start += width
        made += 1
    return made


def _make(connection: Connection, start: int, end: int) -> None:
    name = f"message_events_{from_micros(start):%Y%m%d}"
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"CREATE TABLE {name} (LIKE message_events INCLUDING DEFAULTS)"))
    connection.execute(
        text(
            f"WITH moved AS (DELETE FROM message_events_default WHERE received_at >= {start} AND received_at < {end} RETURNING *) "
            f"INSERT INTO {name} SELECT * FROM moved"
        )
    )
    connection.execute(text(f"ALTER TABLE message_events ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"))
    log.info("made a partition of events", extra={"partition": name, "until": from_micros(end).isoformat()})


def is_waiting_for_readers(error: OperationalError) -> bool:
    """Whether a partition couldn't be made or dropped only because somebody is reading events just now."""
    return isinstance(error.orig, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected)
