"""Old events go, a few hundred at a time; in the same transaction baselines take over what they had added up to."""

from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, delete, select, text, tuple_, update

from little_bell.domain.fold import QUARTER_COUNTS, LinkState, Sums
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import message_baselines, message_events, projector_lease, rollup_baselines
from little_bell.projector import baseline
from little_bell.projector.refold import refold
from little_bell.projector.resolve import DAY, event_of
from little_bell.projector.states import state_of
from little_bell.projector.store import store_of
from little_bell.projector.write import upsert

#: Events a step looks at.
STEP = 500
#: Ids grow with the time of receipt, but for hits that were parked (three days at most): no older event lies further on.
SLACK = 5 * DAY

_LOOK = text(
    "SELECT id, tenant_id, campaign_id, message_id, type, occurred_at, received_at, verdict, is_counted, visitor, link_id, details "
    "FROM message_events WHERE id > :after ORDER BY id LIMIT :step"
)


def prune_step(connection: Connection) -> int:
    """Prune some of the events before the asked time; how many were looked at. Ends by forgetting the order."""
    before = connection.execute(select(projector_lease.c.prune_before)).scalar()
    if before is None:
        return 0
    limit = to_micros(before)
    looked = _next_window(connection, limit)
    if not looked:
        connection.execute(update(projector_lease).values(prune_before=None))
        return 0
    _prune(connection, [row for row in looked if row.occurred_at < limit])
    return len(looked)


def _next_window(connection: Connection, limit: int) -> list[Any]:
    """The first rows, of all that may hold an event to prune, in which there is one."""
    after = 0
    while True:
        rows = connection.execute(_LOOK, {"after": after, "step": STEP}).all()
        if not rows or rows[0].received_at >= limit + SLACK:
            return []
        if any(row.occurred_at < limit for row in rows):
            return list(rows)
        after = rows[-1].id


def _prune(connection: Connection, rows: list[Any]) -> None:
    events = [event_of(row) for row in rows]
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
    connection.execute(delete(message_events).where(message_events.c.id.in_([event.id for event in events])))


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
