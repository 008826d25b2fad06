"""The fold: events in, message states and sums out. Pure: order, batching and replay don't matter.

Sums are never counted up on their own. They are the difference of what a message contributes after and before its
events, so `sums = Σ contribution(state)` holds by construction, and states only take minima, maxima and counts of
distinct things.
"""

from collections.abc import Iterable, Mapping

from little_bell.domain.events import HUMAN_VERDICTS, MINUTE, QUARTER, Event
from little_bell.domain.lifecycle import MessageState, contribution
from little_bell.domain.sums import (
    QUARTER_COUNTS,
    TRAIT_COUNTS,
    Change,
    Firsts,
    LinkState,
    Sums,
    add_to,
    bounce_key,
    firsts_of,
    row_of,
    settle,
    settle_bounce,
    settle_delays,
    tell_apart,
)
from little_bell.domain.visits import see, visit

#: Of a message before its events: contribution, cohort, bounce, firsts.
Before = tuple[tuple[int, ...], int, tuple[str, str, str] | None, Firsts]
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
    before: dict[int, Before] = {}
    for event in events:
        state = states[event.message_id]
        if event.message_id not in before:
            before[event.message_id] = (
                contribution(state),
                state.anchor,
                bounce_key(state) if state.bounced_at else None,
                firsts_of(state),
            )
        apply(state, event, links, sums)
    changes: dict[Change, int] = {}
    for message_id, (counts, anchor, bounce, firsts) in before.items():
        state = states[message_id]
        if state.is_counted:
            change = (state.tenant_id, state.campaign_id, counts, contribution(state), anchor, state.anchor, state.mailbox, state.variant)
            changes[change] = changes.get(change, 0) + 1
            if state.bounced_at is not None:
                settle_bounce(sums, state, bounce)
            if state.mailbox is not None and (now := firsts_of(state)) != firsts:
                settle_delays(sums, state, firsts, now)
    tell_apart(sums)
    for change, times in changes.items():  # thousands of messages, but few different changes
        settle(sums, change, times)
    return sums


def apply(state: MessageState, event: Event, links: dict[tuple[int, int], LinkState], sums: Sums) -> None:
    """One event onto its message's state, and onto the sums that count events by their own time."""
    when, kind = event.occurred_at, event.type
    if kind == "opened":
        _open(state, event, when, sums)
        return
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


def _open(state: MessageState, event: Event, when: int, sums: Sums) -> None:
    """Most events are opens, and many of them repeats that must leave the message as it is."""
    minute = when // MINUTE
    if state.last_event_at is None or minute * MINUTE > state.last_event_at:
        state.last_event_at = minute * MINUTE
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
        quarter = _quarter_of(sums, state, when)
        quarter[2] += is_new
        quarter[3] += is_new_human
        reader = _reader_of(sums, state, event)
        reader[0] += is_new
        reader[1] += is_new_human


def _click(state: MessageState, event: Event, when: int, links: dict[tuple[int, int], LinkState], sums: Sums) -> None:
    is_human = event.verdict in HUMAN_VERDICTS
    if state.clicked_at is None or when < state.clicked_at:
        state.clicked_at = when
    if state.opened_at is None or when < state.opened_at:  # a click implies an open
        state.opened_at = when
    state.clicks += 1
    quarter = _quarter_of(sums, state, when)
    quarter[4] += 1
    if is_human:
        if state.human_clicked_at is None or when < state.human_clicked_at:
            state.human_clicked_at = when
        if state.human_opened_at is None or when < state.human_opened_at:
            state.human_opened_at = when
        state.human_clicks += 1
        quarter[5] += 1
    reader = _reader_of(sums, state, event)
    reader[2] += 1
    reader[3] += is_human
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


def _reader_of(sums: Sums, state: MessageState, event: Event) -> list[int]:
    """The counts to add to; those of messages that don't count, or aren't in the analytics yet, are thrown away."""
    if not state.is_counted or state.mailbox is None:
        return [0] * len(TRAIT_COUNTS)
    return row_of(sums.readers, (state.tenant_id, state.campaign_id, event.client, event.country), len(TRAIT_COUNTS))


def _quarter_of(sums: Sums, state: MessageState, when: int) -> list[int]:
    """The counts to add to; those of messages that don't count are thrown away."""
    if not state.is_counted:
        return [0] * len(QUARTER_COUNTS)
    return row_of(sums.quarters, (state.tenant_id, state.campaign_id, when - when % QUARTER), len(QUARTER_COUNTS))
