"""The fold: events in, message states and sums out. Pure: order, batching and replay don't matter.

Sums are never counted up on their own. They are the difference of what a message contributes after and before its
events, so `sums = Σ contribution(state)` holds by construction, and states only take minima, maxima and counts of
distinct things.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import sub

from little_bell.domain.events import HUMAN_VERDICTS, MINUTE, QUARTER, Event
from little_bell.domain.lifecycle import NOTHING, MessageState, Standing, Tallies, anchor, contributed, standing_of, tallies_of
from little_bell.domain.sums import (
    QUARTER_COUNTS,
    TRAIT_COUNTS,
    Change,
    LinkState,
    Sums,
    add_to,
    bounce_key,
    row_of,
    settle,
    settle_bounce,
    settle_delays,
    tell_apart,
)
from little_bell.domain.visits import see, visit

#: What a message that counts contributes by its tallies alone.
_BEFORE_TALLIES, _BEHIND_TALLIES = NOTHING[:10], NOTHING[15:]
_QUARTER_PLACE = {"sent": 0, "delivered": 1, "bounced": 6, "complained": 7, "unsubscribed": 8}
_FIRST_AT = {
    "sent": "sent_at",
    "delivered": "delivered_at",
    "deferred": "deferred_at",
    "complained": "complained_at",
    "unsubscribed": "unsubscribed_at",
    "rejected": "rejected_at",
}


def fold(states: Mapping[int, MessageState], links: dict[tuple[int, int], LinkState], events: Iterable[Event]) -> Sums:
    """Apply events to the states of their messages, in place, and return what that adds to the sums.

    `states` holds the message of every event; `links`, by (message id, link id), the known clicks, and takes the new
    ones. A message's `visits` must hold the visits of every minute that an event of it falls into.
    """
    sums = Sums()
    before: dict[int, tuple[Standing, Tallies]] = {}
    for event in events:
        message_id = event.message_id
        state = states[message_id]
        if message_id not in before:
            before[message_id] = standing_of(state), tallies_of(state)
        if event.type == "opened":
            _open(state, event, sums)
        else:
            _apply(state, event, links, sums)
    tell_apart(sums)
    changes = Counter(_changes(states, before, sums))
    for change, times in changes.items():  # thousands of messages, but few different changes
        settle(sums, change, times)
    return sums


def _changes(states: Mapping[int, MessageState], before: Mapping[int, tuple[Standing, Tallies]], sums: Sums) -> Iterator[Change]:
    """What each message contributes more than before. Most were only opened once more: then nothing but their tallies is compared."""
    for message_id, (standing, tallies) in before.items():
        state = states[message_id]
        if not state.is_counted:
            continue
        now, counted = standing_of(state), tallies_of(state)
        if now != standing:
            yield (
                state.tenant_id, state.campaign_id, contributed(standing, tallies), contributed(now, counted),
                anchor(standing), anchor(now), state.mailbox, state.variant,
            )  # fmt: skip
            if state.bounced_at is not None:
                settle_bounce(sums, state, bounce_key(standing), bounce_key(now))
            if state.mailbox is not None:
                settle_delays(sums, state, standing, now)
        elif counted != tallies:
            more = (*_BEFORE_TALLIES, *map(sub, counted, tallies), *_BEHIND_TALLIES)
            cohort = anchor(now)
            yield state.tenant_id, state.campaign_id, NOTHING, more, cohort, cohort, state.mailbox, state.variant


def _apply(state: MessageState, event: Event, links: dict[tuple[int, int], LinkState], sums: Sums) -> None:
    """One event onto its message's state, and onto the sums that count events by their own time."""
    when, kind = event.occurred_at, event.type
    state.is_changed = state.is_rewritten = True
    if state.last_event_at is None or when > state.last_event_at:
        state.last_event_at = when
    if kind == "clicked":
        if event.is_counted:
            _click(state, event, when, links, sums)
    elif kind == "bounced":
        _bounce(state, event, when, sums)
    else:
        attribute = _FIRST_AT[kind]
        first = getattr(state, attribute)
        if first is None or when < first:
            setattr(state, attribute, when)
        if kind in _QUARTER_PLACE:
            _quarter_of(sums, state, when)[_QUARTER_PLACE[kind]] += 1
    told = event.provider_message_id
    if told and (state.provider_message_id is None or told < state.provider_message_id):
        state.provider_message_id = told


def _open(state: MessageState, event: Event, sums: Sums) -> None:
    """Most events are opens, and many of them repeats that must leave the message as it is."""
    when = event.occurred_at
    minute = when - when % MINUTE
    if state.last_event_at is None or minute > state.last_event_at:
        state.last_event_at = minute
        state.is_changed = True
    if not event.is_counted:
        return
    if state.opened_at is None or when < state.opened_at:
        state.is_rewritten |= state.opened_at is not None  # heard of too late: what is made of first opens has to be made anew
        state.opened_at = when
        state.is_changed = True
    if event.is_private and (state.private_opened_at is None or when < state.private_opened_at):
        state.private_opened_at = when
        state.is_changed = True
    is_human = event.verdict in HUMAN_VERDICTS
    if is_human and (state.human_opened_at is None or when < state.human_opened_at):
        state.human_opened_at = when
        state.is_changed = True
    is_new, is_new_human = see(state.visits, visit(when, event.visitor, is_human))
    if is_new or is_new_human:
        state.opens += is_new
        state.human_opens += is_new_human
        state.is_changed = True
        if state.is_counted:
            reading = _reading_of(sums, state, event)
            reading[0] += is_new
            reading[1] += is_new_human


def _click(state: MessageState, event: Event, when: int, links: dict[tuple[int, int], LinkState], sums: Sums) -> None:
    is_human = event.verdict in HUMAN_VERDICTS
    if state.clicked_at is None or when < state.clicked_at:
        state.clicked_at = when
    if state.opened_at is None or when < state.opened_at:  # a click implies an open
        state.opened_at = when
    state.clicks += 1
    if is_human:
        if state.human_clicked_at is None or when < state.human_clicked_at:
            state.human_clicked_at = when
        if state.human_opened_at is None or when < state.human_opened_at:
            state.human_opened_at = when
        state.human_clicks += 1
    if state.is_counted:
        reading = _reading_of(sums, state, event)
        reading[2] += 1
        reading[3] += is_human
    if event.link_id is not None:
        _click_link(state, event.link_id, when, is_human, links, sums)
        if event.position and state.is_counted and state.mailbox is not None:
            place = (state.tenant_id, state.campaign_id, "position", f"{event.position}:{event.link_id}")
            add_to(sums.traits, place, (0, 0, 1, is_human))


def _click_link(state: MessageState, link_id: int, when: int, is_human: bool, links: dict[tuple[int, int], LinkState], sums: Sums) -> None:
    link = links.setdefault((state.message_id, link_id), LinkState())
    is_first, is_first_human = link.clicks == 0, is_human and link.human_clicks == 0
    link.clicks += 1
    link.human_clicks += is_human
    if link.first_at is None or when < link.first_at:
        link.first_at = when
    if is_human and (link.human_first_at is None or when < link.human_first_at):
        link.human_first_at = when
    state.unique_clicks += is_first
    if state.is_counted:
        add_to(sums.links, (state.tenant_id, link_id, state.campaign_id), (1, is_human, is_first, is_first_human))


def _bounce(state: MessageState, event: Event, when: int, sums: Sums) -> None:
    if state.bounced_at is None or when < state.bounced_at:
        state.bounced_at = when
    bounce = event.bounce
    if bounce is not None:
        # The last report tells most; of two at one time the greater text, so that order doesn't matter.
        told = (when, bounce.bounce_type, bounce.category, bounce.reason)
        known = (state.last_bounced_at or 0, state.bounce_type or "", state.bounce_category or "", state.bounce_reason or "")
        if state.last_bounced_at is None or told > known:
            state.last_bounced_at, state.bounce_type, state.bounce_category, state.bounce_reason = told
    _quarter_of(sums, state, when)[6] += 1


def _reading_of(sums: Sums, state: MessageState, event: Event) -> list[int]:
    """The counts to add an open or a click of a message that counts to."""
    when, client = event.occurred_at, event.client if state.mailbox is not None else None
    key = (state.tenant_id, state.campaign_id, when - when % QUARTER, client, event.country)
    return sums.readings.get(key) or row_of(sums.readings, key, len(TRAIT_COUNTS))


def _quarter_of(sums: Sums, state: MessageState, when: int) -> list[int]:
    """The counts to add to; those of messages that don't count are thrown away."""
    if not state.is_counted:
        return [0] * len(QUARTER_COUNTS)
    return row_of(sums.quarters, (state.tenant_id, state.campaign_id, when - when % QUARTER), len(QUARTER_COUNTS))
