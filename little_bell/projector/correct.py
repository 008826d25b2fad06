"""Counters put right where stored events are judged otherwise: what the message would have added, less what it had added."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from little_bell.domain.events import HUMAN_VERDICTS, Event
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.sums import LinkState, Sums
from little_bell.domain.verdicts import decide, is_private
from little_bell.projector.refold import Refolded, merge, refold, stored_events
from little_bell.projector.resolved import Resolved


def correct(
    connection: Connection,
    resolved: Resolved,
    links: dict[tuple[int, int], LinkState],
    sums: Sums,
    changed: Mapping[int, Mapping[int, str]],
) -> set[int]:
    """Fold the messages with changed reasons (by message and event id) anew, into the batch's states, links and sums.

    The batch must be folded, but not written. Returns the messages whose numbers changed.
    """
    stored = stored_events(connection, sorted(changed)) if changed else []
    verdicts = {event_id: decide(reasons).verdict for events in changed.values() for event_id, reasons in events.items()}
    private = {event_id: is_private(reasons) for events in changed.values() for event_id, reasons in events.items()}
    judged = [
        replace(event, verdict=verdicts[event.id], is_private=private[event.id]) if event.id in verdicts else event for event in stored
    ]
    turned = {old.message_id for old, new in zip(stored, judged, strict=True) if _counts_as(old) != _counts_as(new)}
    if not turned:
        return turned
    added = [event for event in resolved.events if event.message_id in turned]
    before = _fold(connection, resolved, turned, [event for event in stored if event.message_id in turned] + added)
    after = _fold(connection, resolved, turned, [event for event in judged if event.message_id in turned] + added)
    merge(sums, after.sums)
    merge(sums, before.sums, -1)
    resolved.states.update(after.states)
    links.update(after.links)
    return turned


def _counts_as(event: Event) -> tuple[bool, bool]:
    return event.verdict in HUMAN_VERDICTS, event.is_private


def _fold(connection: Connection, resolved: Resolved, message_ids: set[int], events: list[Event]) -> Refolded:
    done = refold(connection, [fresh(resolved.states[message_id]) for message_id in message_ids], events)
    for state in done.states.values():
        state.is_changed = state.is_rewritten = True
    return done


def fresh(stored: MessageState) -> MessageState:
    """A message that nothing has happened to yet, but that is written with this status and these times."""
    state = MessageState(stored.message_id, stored.tenant_id, stored.campaign_id, stored.created_at, stored.is_counted)
    state.status, state.stored_times, state.mailbox = stored.status, stored.stored_times, stored.mailbox
    state.variant = stored.variant
    return state
