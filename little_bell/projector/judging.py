"""A batch's opens and clicks judged by their neighbours: those in it, and those stored before, whose verdicts may change.

Opens of messages that were never clicked need no neighbours: only the time since the hand-over counts. For all others the
whole message is judged anew, so that neither order nor batches matter.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, text

from little_bell.domain.events import Event
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.verdicts.behaviour import (
    DENSE_CROWD,
    FILTERS_LOOK,
    crowd_of,
    judge_behaviour,
    judge_crowds,
    of_open,
    suspicious_crowds,
)
from little_bell.domain.verdicts.reasons import RULES, VERSIONS, Version, decide
from little_bell.domain.verdicts.seen import HandOver, Seen
from little_bell.domain.visitors import network_number
from little_bell.models.tables import messages, rejudge_waiting
from little_bell.projector.crowds import Crowds, lock_crowds, oldest_slot, outgrown, settle_crowds, wait, write_crowds
from little_bell.projector.events import IS_LEFT
from little_bell.projector.resolved import Resolved
from little_bell.projector.store import store_of

#: Messages whose stored events a batch reads again, and events of all of them; the others wait for their turn.
MOST_MESSAGES, MOST_EVENTS = 1_000, 20_000
#: A message with more opens and clicks is counted, but no longer judged again.
MOST_OF_ONE = 500

_VERDICT, _REASONS = 9, 11  # places in store.EVENT_COLUMNS
_STORED = text(
    "SELECT id, message_id, type, occurred_at, visitor, agent_id, url, reasons, address, asn, details FROM message_events "
    f"WHERE message_id IN :ids AND type IN ('opened', 'clicked') AND {IS_LEFT} ORDER BY message_id, id LIMIT :most"
).bindparams(bindparam("ids", expanding=True))
#: Tells the reasons of a stored request anew: from a row of the above.
Reread = Callable[[Any], str]
Said = Mapping[int, Mapping[int, str]]


@dataclass(slots=True)
class History:
    """The opens and clicks of one message; `stored`: what is written of those that were there before the batch."""

    handed: HandOver
    seen: list[Seen] = field(default_factory=list)
    stored: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Rejudged:
    """What changes besides the batch's own rows: `changed` by message id, then event id, all reasons of the event."""

    changed: dict[int, dict[int, str]] = field(default_factory=dict)
    crowds: Crowds = field(default_factory=Crowds)
    waiting: set[int] = field(default_factory=set)


def judge_batch(
    connection: Connection,
    resolved: Resolved,
    again: Collection[int] = (),
    reread: Reread = attrgetter("reasons"),
    said: Said = MappingProxyType({}),
    *,
    version: Version = VERSIONS[RULES],
) -> Rejudged:
    """Judge the events of a resolved batch in place; with them the stored ones of the messages in `again`, if they are in it.

    `said` holds, by message and event id, the reasons of stored events of which somebody said who caused them. By a `version`
    of the rules that knows no neighbours each stored event is judged by itself.
    """
    told = _told(resolved)
    involved = _involved(resolved, told)
    involved.update(message_id for message_id in (*again, *said) if message_id in resolved.states)
    _judge_opens(resolved, involved, told)
    done = Rejudged()
    if not involved:
        return done
    histories = _histories(connection, resolved, involved, told, done, lambda row: _said_of(said, row) or reread(row))
    if version.by_neighbours:
        _judge_by_neighbours(connection, resolved, histories, done, version)
    for message_id, history in histories.items():
        _apply(resolved, message_id, history, done)
    for message_id in said.keys() - histories.keys():  # it has to wait, or has too many events to be judged as a whole
        done.changed[message_id] = dict(said[message_id])
    return done


def _judge_by_neighbours(
    connection: Connection, resolved: Resolved, histories: Mapping[int, History], done: Rejudged, version: Version
) -> None:
    mine: dict[int, dict[tuple[int, int, int], bool]] = {}
    for message_id, history in histories.items():
        judge_behaviour(history.seen, history.handed, version)
        tenant_id = resolved.states[message_id].tenant_id
        mine[message_id] = {
            (tenant_id, *crowd): is_private for crowd, is_private in suspicious_crowds(history.seen, history.handed).items()
        }
    done.crowds = settle_crowds(connection, mine)
    forgotten = oldest_slot()
    for message_id, history in histories.items():
        if mine[message_id]:
            judge_crowds(history.seen, history.handed, _sizes(history, mine[message_id], done.crowds, forgotten))


def _said_of(said: Said, row: Any) -> str:
    return said[row.message_id].get(row.id, "") if row.message_id in said else ""


def write_judged(connection: Connection, done: Rejudged, rules: int = RULES) -> None:
    """Store what became of events that were there before, by which rules, and the crowds."""
    changes = [
        (decide(reasons).verdict, reasons, rules, event_id)
        for events in done.changed.values()
        for event_id, reasons in sorted(events.items())
    ]
    if changes:
        store_of(connection).change_verdicts(changes)
    write_crowds(connection, done.crowds)


def write_waiting(connection: Connection, done: Rejudged, again: Collection[int]) -> None:
    """Note who is to be judged later; those in `again` have been. Runs last: others who fold at the same time see what is noted."""
    if not (again or done.waiting or done.crowds.sizes):
        return
    lock_crowds(connection)
    if settled := set(again) - done.waiting:
        connection.execute(rejudge_waiting.delete().where(rejudge_waiting.c.message_id.in_(settled)))
    wait(connection, done.waiting | done.crowds.waiting | outgrown(connection, done.crowds))


def waiting(connection: Connection, mine: ColumnElement[bool] | None = None) -> list[int]:
    """Some of the messages that are to be judged again; `mine`: a condition on those that are there."""
    some = select(rejudge_waiting.c.message_id).order_by(rejudge_waiting.c.message_id).limit(MOST_MESSAGES)
    if mine is not None:
        known = rejudge_waiting.outerjoin(messages, messages.c.id == rejudge_waiting.c.message_id)
        some = some.select_from(known).where(or_(messages.c.id.is_(None), mine))
    return list(connection.execute(some).scalars())


def _told(resolved: Resolved) -> dict[int, HandOver]:
    """When messages were handed over, for those of whom the batch says so."""
    told: dict[int, HandOver] = {}
    for event in resolved.events:
        if event.type == "sent" or event.type == "delivered":
            known = told.get(event.message_id) or _known(resolved.states[event.message_id])
            at = event.occurred_at
            if event.type == "sent":
                told[event.message_id] = HandOver(min(at, known.sent_at or at), known.delivered_at)
            else:
                told[event.message_id] = HandOver(known.sent_at, min(at, known.delivered_at or at))
    return told


def _known(state: MessageState) -> HandOver:
    return HandOver(state.sent_at, state.delivered_at)


def _involved(resolved: Resolved, told: Mapping[int, HandOver]) -> set[int]:
    """Messages for whose events their neighbours matter: they are clicked now, or were opened before we heard of their hand-over."""
    involved = {event.message_id for event in resolved.events if event.type == "clicked"}
    involved.update(message_id for message_id in told if resolved.states[message_id].opened_at is not None)
    return involved


def _judge_opens(resolved: Resolved, involved: set[int], told: Mapping[int, HandOver]) -> None:
    """Opens that need no neighbours; to the messages in `involved` come those that were clicked before."""
    states = resolved.states
    for place, event in enumerate(resolved.events):
        if event.type != "opened":
            continue
        state = states[event.message_id]
        if state.clicks:
            involved.add(event.message_id)
            continue
        handed_at = state.sent_at if state.delivered_at is None else state.delivered_at
        if told and event.message_id in told:
            handed_at = told[event.message_id].at
        if handed_at is None or event.occurred_at - handed_at > FILTERS_LOOK or not event.is_counted or event.message_id in involved:
            continue
        reasons = resolved.rows[place][_REASONS]
        reason = of_open(reasons, event.occurred_at, handed_at)
        if reason and reasons != "manual":
            _amend(resolved, place, f"{reasons},{reason}")


def _amend(resolved: Resolved, place: int, reasons: str) -> None:
    judged, row = decide(reasons), resolved.rows[place]
    resolved.events[place].verdict = judged.verdict
    resolved.rows[place] = (*row[:_VERDICT], judged.verdict, row[_VERDICT + 1], reasons, *row[_REASONS + 1 :])


def _histories(
    connection: Connection, resolved: Resolved, involved: Iterable[int], told: Mapping[int, HandOver], done: Rejudged, reread: Reread
) -> dict[int, History]:
    """What is to be judged now; the rest waits."""
    states = resolved.states
    fresh = [message_id for message_id in involved if states[message_id].last_event_at is None]
    older = [i for i in sorted(involved) if states[i].last_event_at is not None and states[i].clicks + states[i].opens <= MOST_OF_ONE]
    done.waiting.update(older[MOST_MESSAGES:])
    histories = {i: History(told.get(i) or _known(states[i])) for i in (*fresh, *older[:MOST_MESSAGES])}
    if older:
        _recall(connection, older[:MOST_MESSAGES], histories, done, reread)
    for place, event in enumerate(resolved.events):
        if (event.type == "opened" or event.type == "clicked") and event.message_id in histories:
            histories[event.message_id].seen.append(_seen(event, resolved.rows[place]))
    return {message_id: history for message_id, history in histories.items() if len(history.seen) <= MOST_OF_ONE}


def _recall(connection: Connection, message_ids: list[int], histories: dict[int, History], done: Rejudged, reread: Reread) -> None:
    rows = connection.execute(_STORED, {"ids": message_ids, "most": MOST_EVENTS}).all()
    for row in rows:
        history = histories[row.message_id]
        seen = Seen(row.id, row.type, row.occurred_at, network_number(row.visitor), row.agent_id or 0, row.url or "", reread(row))
        history.seen.append(seen)
        history.stored[row.id] = row.reasons
    if len(rows) == MOST_EVENTS:  # the last one may not be whole; those behind it haven't come at all
        last = rows[-1].message_id
        cut = [i for i in message_ids if i >= last]
        done.waiting.update(i for i in cut if i != last or len(histories[i].seen) <= MOST_OF_ONE)
        for message_id in cut:
            del histories[message_id]


def _seen(event: Event, row: tuple[Any, ...]) -> Seen:
    agent_id, url = row[14], row[17]
    return Seen(event.id, event.type, event.occurred_at, network_number(event.visitor), agent_id or 0, url or "", row[_REASONS])


def _sizes(history: History, mine: Collection[tuple[int, int, int]], crowds: Crowds, forgotten: int) -> dict[tuple[int, int], int]:
    """The sizes of a message's crowds; one that is forgotten is as large as it was when it counted."""
    sizes = {(key[1], key[2]): crowds.sizes.get(key, 0) for key in mine}
    for event in history.seen:
        crowd = crowd_of(event)
        if crowd[1] < forgotten and "many_recipients" in history.stored.get(event.id, ""):
            sizes[crowd] = DENSE_CROWD
    return sizes


def _apply(resolved: Resolved, message_id: int, history: History, done: Rejudged) -> None:
    first = resolved.events[0].id if resolved.events else 0
    for event in history.seen:
        if event.id not in history.stored:
            if event.found:
                _amend(resolved, event.id - first, event.judged)
        elif event.judged != history.stored[event.id]:
            done.changed.setdefault(message_id, {})[event.id] = event.judged
