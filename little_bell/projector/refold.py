"""Messages folded anew from what is stored: baseline and events. A rebuild, a check and a prune all go through here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select, text

from little_bell.domain.events import Event
from little_bell.domain.fold import fold
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.sums import LinkState, Sums, settle_link, settle_message
from little_bell.models.tables import message_baselines
from little_bell.projector import baseline
from little_bell.projector.events import EVENT_FIELDS, EVENT_ROWS, IS_LEFT, event_of

_EVENTS = text(f"SELECT {EVENT_FIELDS} FROM {EVENT_ROWS} WHERE message_id IN :ids AND {IS_LEFT} ORDER BY message_events.id").bindparams(
    bindparam("ids", expanding=True)
)


@dataclass(slots=True)
class Refolded:
    """States and clicks as they should be, and what the folded events add to the sums."""

    states: dict[int, MessageState] = field(default_factory=dict)
    links: dict[tuple[int, int], LinkState] = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)


def stored_events(connection: Connection, message_ids: Sequence[int]) -> list[Event]:
    """All events that are left of some messages, oldest id first."""
    return [event_of(row) for row in connection.execute(_EVENTS, {"ids": list(message_ids)})]


def refold(connection: Connection, fresh: Iterable[MessageState], events: Iterable[Event]) -> Refolded:
    """Fold events onto the baselines (or nothing) of fresh states."""
    done = Refolded(states={state.message_id: state for state in fresh})
    rows = connection.execute(select(message_baselines).where(message_baselines.c.message_id.in_(done.states)))
    for row in rows:
        clicks = baseline.load(row.state, done.states[row.message_id])
        done.links |= {(row.message_id, link_id): link for link_id, link in clicks.items()}
    done.sums = fold(done.states, done.links, events)
    return done


def whole_sums(refolded: Refolded) -> Sums:
    """What the states add to the sums over messages (not those over events), counted from nothing."""
    sums = Sums()
    for state in refolded.states.values():
        settle_message(sums, state)
    for (message_id, link_id), link in refolded.links.items():
        settle_link(sums, refolded.states[message_id], link_id, link)
    return sums


def merge(into: Sums, more: Sums, times: int = 1) -> None:
    """Add one fold's sums to another's; with -1 take them away."""
    for name in ("campaigns", "cohorts", "quarters", "links", "delays", "mailboxes", "variants", "traits"):
        table = getattr(into, name)
        for key, counts in getattr(more, name).items():
            known = table.get(key) or [0] * len(counts)
            table[key] = [a + b * times for a, b in zip(known, counts, strict=True)]
    for key, count in more.bounces.items():
        into.bounces[key] = into.bounces.get(key, 0) + count * times
