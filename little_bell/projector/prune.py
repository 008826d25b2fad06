"""Old events go: whole partitions where there are any, all others a few hundred at a time, with what they had added up to in baselines."""

from sqlalchemy import Connection, delete, select, text, update

from little_bell.domain.events import Event
from little_bell.models import to_micros
from little_bell.models.tables import message_events, projector_lease
from little_bell.projector.absorb import absorb
from little_bell.projector.events import EVENT_FIELDS, EVENT_ROWS, IS_LEFT, event_of
from little_bell.projector.frozen import Freezing
from little_bell.projector.placing import DAY

#: Events a step prunes, and ids it looks through for them: some tens of milliseconds with the write lock held.
STEP, SPAN = 500, 10_000
#: Ids grow with the time of receipt, but for hits that were parked (three days at most): no older event lies further on.
SLACK = 5 * DAY

_LOOK = text(
    f"SELECT {EVENT_FIELDS} FROM {EVENT_ROWS} WHERE message_events.id > :after AND message_events.id <= :up_to AND occurred_at < :limit "
    f"AND {IS_LEFT} ORDER BY message_events.id LIMIT :step"
)
_NEXT = text("SELECT id, received_at FROM message_events WHERE id > :after ORDER BY id LIMIT 1")


class Pruning:
    """How far the prune that was asked for has come. A new projector looks from the first event on again: that is all it costs."""

    def __init__(self) -> None:
        self._limit = 0
        self._after = 0
        self._freezing = Freezing()

    def step(self, connection: Connection) -> int:
        """Prune some of the events before the asked time; whether to go on. Ends by forgetting the order."""
        before = connection.execute(select(projector_lease.c.prune_before)).scalar()
        if before is None:
            return 0
        if to_micros(before) != self._limit:
            self._limit, self._after = to_micros(before), 0
        if connection.dialect.name == "postgresql" and (frozen := self._freezing.step(connection, self._limit)) is not None:
            return frozen
        return self._single_events(connection)

    def _single_events(self, connection: Connection) -> int:
        look = {"after": self._after, "up_to": self._after + SPAN, "limit": self._limit, "step": STEP}
        rows = connection.execute(_LOOK, look).all()
        if rows:
            prune_events(connection, [event_of(row) for row in rows])
        self._after = rows[-1].id if len(rows) == STEP else self._after + SPAN
        following = connection.execute(_NEXT, {"after": self._after}).first()
        if following is None or following.received_at >= self._limit + SLACK:
            connection.execute(update(projector_lease).values(prune_before=None))
            self._limit = 0
            return 0
        self._after = following.id - 1
        return 1


def prune_events(connection: Connection, events: list[Event]) -> None:
    """Take these events away; the baselines hold what they had added up to."""
    absorb(connection, events)
    connection.execute(delete(message_events).where(message_events.c.id.in_([event.id for event in events])))
