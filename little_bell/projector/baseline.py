"""The fold of events that are gone: always counters = baseline + fold(the events that are left)."""

import orjson

from little_bell.domain.lifecycle import MessageState
from little_bell.domain.sums import LinkState
from little_bell.projector.states import STATE_COLUMNS

_LINK = ("first_at", "human_first_at", "clicks", "human_clicks")


def dump(state: MessageState, links: dict[int, LinkState]) -> bytes:
    """A message's state and its clicks by link id, as JSON."""
    told = {name: getattr(state, name) for name in STATE_COLUMNS}
    told["visits"] = sorted(state.visits)
    told["links"] = {str(link_id): [getattr(link, name) for name in _LINK] for link_id, link in sorted(links.items())}
    return orjson.dumps(told)


def load(body: bytes, state: MessageState) -> dict[int, LinkState]:
    """Put a baseline into a fresh state; returns the clicks by link id."""
    told = orjson.loads(body)
    for name in STATE_COLUMNS:
        setattr(state, name, told.get(name))  # an older version's has no private_opened_at
    state.visits = set(told["visits"])
    return {int(link_id): LinkState(*values) for link_id, values in told["links"].items()}
