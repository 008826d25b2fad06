"""A partition of events that retention takes as a whole: its events go into the baselines step by step, then it is dropped.

Until it is dropped its events stand in both; IS_LEFT leaves out those that a baseline holds already, so that at each
moment counters = baseline + fold(events that are left). Ids are given out before a fold has its turn: what lies above the lowest
that a projector is still at waits, since that fold may yet write below it, and would be taken for frozen.
"""

import time
from typing import Final

from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import OperationalError

from little_bell.domain.events import MINUTE
from little_bell.models import to_micros
from little_bell.models.tables import frozen_events
from little_bell.projector.absorb import absorb
from little_bell.projector.events import EVENT_FIELDS, EVENT_ROWS, event_of
from little_bell.projector.partitions import LOCK_TIMEOUT, Partition, is_waiting_for_readers, partitions

STEP = 2_000
#: A stated time may lie so much after the receipt.
STATED_AHEAD: Final = 5 * MINUTE
#: Of events in SQL: no fold that is being done can write another below them.
IS_OVER = "NOT EXISTS (SELECT 1 FROM projectors WHERE first_event_id <= message_events.id)"
#: A partition that somebody reads is tried again after so long.
AGAIN_SECONDS = 10.0
#: And one into which a fold may yet write.
OVER_SECONDS = 1.0


class Freezing:
    """Takes whole partitions away. What is done is kept in the database; a new projector goes on there."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def step(self, connection: Connection, limit: int) -> int | None:
        """Freeze some events of the oldest partition that lies before `limit`, or drop it.

        0 where that one can't be had just now, None where there is none.
        """
        doomed = whole_before(connection, limit)
        if doomed is None:
            return None
        if time.monotonic() < self._next_at:
            return 0
        up_to = _begun(connection, doomed)
        rows_of = EVENT_ROWS.replace("message_events", f"{doomed.name} AS message_events", 1)
        where = f"message_events.id > :up_to AND {IS_OVER}"
        look = text(f"SELECT {EVENT_FIELDS} FROM {rows_of} WHERE {where} ORDER BY message_events.id LIMIT :step")
        rows = connection.execute(look, {"up_to": up_to, "step": STEP}).all()
        if rows:
            absorb(connection, [event_of(row) for row in rows])
            connection.execute(update(frozen_events).values(up_to=rows[-1].id))
            return len(rows)
        return 1 if self._drop(connection, doomed, up_to) else 0

    def _drop(self, connection: Connection, doomed: Partition, up_to: int) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                connection.execute(text(f"LOCK TABLE {doomed.name} IN ACCESS EXCLUSIVE MODE"))
                late = connection.execute(text(f"SELECT 1 FROM {doomed.name} WHERE id > :up_to LIMIT 1"), {"up_to": up_to}).first()
                if late is not None:
                    self._next_at = time.monotonic() + OVER_SECONDS
                    return False
                connection.execute(text(f"DROP TABLE {doomed.name}"))
                connection.execute(delete(frozen_events))
        except OperationalError as error:
            if not is_waiting_for_readers(error):
                raise
            self._next_at = time.monotonic() + AGAIN_SECONDS
            return False
        return True


def whole_before(connection: Connection, limit: int) -> Partition | None:
    """The oldest partition all of whose events happened before `limit` (microseconds)."""
    return next((partition for partition in partitions(connection) if partition.end + STATED_AHEAD <= limit), None)


def last_whole_limit(connection: Connection, limit: int) -> int:
    """The newest time not after `limit` before which only whole partitions go; `limit` itself where none would."""
    ends = [partition.end + STATED_AHEAD for partition in partitions(connection)]
    return max((end for end in ends if end <= limit), default=limit)


def _begun(connection: Connection, doomed: Partition) -> int:
    """Up to which id the partition's events are frozen; notes that it is this one's turn."""
    known = connection.execute(select(frozen_events)).first()
    if known is not None and to_micros(known.end_at) == doomed.end:
        return int(known.up_to)
    connection.execute(delete(frozen_events))
    connection.execute(frozen_events.insert().values(id=1, start_at=doomed.start, end_at=doomed.end, up_to=0))
    return 0
