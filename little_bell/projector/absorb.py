"""Events taken into the baselines, which from then on say what they had added up to."""

from collections import defaultdict
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, select, tuple_

from little_bell.domain.events import Event
from little_bell.domain.sums import QUARTER_COUNTS, TRAIT_COUNTS, LinkState, Sums
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import message_baselines, rollup_baselines, trait_baselines
from little_bell.projector import baseline
from little_bell.projector.overrides import forget_of_events
from little_bell.projector.refold import refold
from little_bell.projector.states import state_of
from little_bell.projector.store import store_of
from little_bell.projector.write import TRAIT_KEY, keyed, upsert


def absorb(connection: Connection, events: list[Event]) -> None:
    """Add events to the baselines, and forget what was said of them. The caller sees to it that nobody folds them again."""
    message_ids = sorted({event.message_id for event in events})
    fresh = [state_of(row[:10] + _FRESH) for row in store_of(connection).messages_by_id(message_ids)]
    known = {state.message_id for state in fresh}
    done = refold(connection, fresh, [event for event in events if event.message_id in known])
    clicks: defaultdict[int, dict[int, LinkState]] = defaultdict(dict)
    for (message_id, link_id), link in done.links.items():
        clicks[message_id][link_id] = link
    states = [{"message_id": i, "state": baseline.dump(state, clicks[i])} for i, state in sorted(done.states.items())]
    upsert(connection, message_baselines, states, put=["state"])
    _add_quarters(connection, done.sums)
    upsert(connection, trait_baselines, keyed(TRAIT_KEY, TRAIT_COUNTS, done.sums.traits), add=TRAIT_COUNTS)
    forget_of_events(connection, message_ids, [event.id for event in events])


#: The columns behind KEY_COLUMNS of a message that nothing has happened to.
_FRESH = (*(None,) * 13, 0, 0, 0, 0, 0, *(None,) * 6, "queued")


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
