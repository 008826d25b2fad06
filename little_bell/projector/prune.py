"""Old events go, a few hundred at a time; in the same transaction baselines take over what they had added up to."""

from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, select, text, tuple_, update

from little_bell.domain.events import Event
from little_bell.domain.fold import QUARTER_COUNTS, LinkState, Sums
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import message_baselines, message_events, projector_lease, rollup_baselines
from little_bell.projector import baseline
from little_bell.projector.overrides import forget_of_events
from little_bell.projector.refold import refold
from little_bell.projector.resolve import DAY, event_of
from little_bell.projector.states import state_of
from little_bell.projector.store import store_of
from little_bell.projector.write import upsert

#: Events a step prunes, and ids it looks through for them: some tens of milliseconds with the write lock held.
STEP, SPAN = 500, 10_000
#: Ids grow with the time of receipt, but for hits that were parked (three days at most): no older event lies further on.
SLACK = 5 * DAY

_LOOK = text(
    "SELECT id, tenant_id, campaign_id, message_id, type, occurred_at, verdict, is_counted, visitor, link_id, details "
    "FROM message_events WHERE id > :after AND id <= :up_to AND occurred_at < :limit ORDER BY id LIMIT :step"
)
_NEXT = text("SELECT id, received_at FROM message_events WHERE id > :after ORDER BY id LIMIT 1")


class Pruning:
    """How far the prune that was asked for has come. A new projector looks from the first event on again: that is all it costs."""

    def __init__(self) -> None:
        self._limit = 0
        self._after = 0

    def step(self, connection: Connection) -> int:
        """Prune some of the events before the asked time; whether to go on. Ends by forgetting the order."""
        before = connection.execute(select(projector_lease.c.prune_before)).scalar()
        if before is None:
            return 0
        if to_micros(before) != self._limit:
            self._limit, self._after = to_micros(before), 0
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
    message_ids = sorted({event.message_id for event in events})
    fresh = [state_of(row[:8] + _FRESH) for row in store_of(connection).messages_by_id(message_ids)]
    known = {state.message_id for state in fresh}
    done = refold(connection, fresh, [event for event in events if event.message_id in known])
    clicks: defaultdict[int, dict[int, LinkState]] = defaultdict(dict)
    for (message_id, link_id), link in done.links.items():
        clicks[message_id][link_id] = link
    states = [{"message_id": i, "state": baseline.dump(state, clicks[i])} for i, state in sorted(done.states.items())]
    upsert(connection, message_baselines, states, put=["state"])
    _add_quarters(connection, done.sums)
    event_ids = [event.id for event in events]
    connection.execute(delete(message_events).where(message_events.c.id.in_(event_ids)))
    forget_of_events(connection, message_ids, event_ids)


#: The columns behind KEY_COLUMNS of a message that nothing has happened to.
_FRESH = (*(None,) * 12, 0, 0, 0, 0, 0, *(None,) * 6, "queued")


def _add_quarters(connection: Connection, sums: Sums) -> None:
    if not sums.quarters:
        return
    key = (rollup_baselines.c.tenant_id, rollup_baselines.c.campaign_id, rollup_baselines.c.quarter)
    wanted = [(tenant_id, campaign_id, from_micros(quarter)) for tenant_id, campaign_id, quarter in sums.quarters]
    known: dict[Any, RowMapping] = {
        (row["tenant_id"], row["campaign_id"], to_micros(row["quarter"])): row
        for row in connection.execute(select(rollup_baselines).where(tuple_(*key).in_(wanted))).mappings()
    }
    rows = []
    for (tenant_id, campaign_id, quarter), counts in sorted(sums.quarters.items()):
        old = known.get((tenant_id, campaign_id, quarter))
        before = orjson.loads(old["counts"]) if old else [0] * len(QUARTER_COUNTS)
        total = [a + b for a, b in zip(before, counts, strict=True)]
        rows.append({"tenant_id": tenant_id, "campaign_id": campaign_id, "quarter": from_micros(quarter), "counts": orjson.dumps(total)})
    upsert(connection, rollup_baselines, rows, put=["counts"])
