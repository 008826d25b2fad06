"""The fold: events in, message states and sums out. Pure: order, batching and replay don't matter.

Sums are never counted up on their own. They are the difference of what a message contributes after and before its
events, so `sums = Σ contribution(state)` holds by construction, and states only take minima, maxima and counts of
distinct things.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from little_bell.domain.events import HUMAN_VERDICTS, MINUTE, QUARTER, Event
from little_bell.domain.lifecycle import NOTHING, MessageState, contribution
from little_bell.domain.metrics import COUNTS

#: More readers of one message than this in one minute are a flood, and bound the state that is kept.
MAX_VISITS_A_MINUTE = 256
#: The columns of event_quarters, in the order of the sums kept for them.
QUARTER_COUNTS = ("sent", "delivered", "opens", "human_opens", "clicks", "human_clicks", "bounces", "complaints", "unsubscribes")
#: The columns of link_stats.
LINK_COUNTS = ("clicks", "human_clicks", "unique_clicks", "unique_human_clicks")
#: The columns of cohort_quarters: `moved`, then metrics.COUNTS.
COHORT_COUNTS = ("moved", *COUNTS)

#: Of a message before its events: contribution, cohort, bounce.
Before = tuple[tuple[int, ...], int, tuple[str, str, str] | None]
#: Tenant, campaign, contribution before and after, cohort before and after.
Change = tuple[int, int, tuple[int, ...], tuple[int, ...], int, int]

_QUARTER_PLACE = {"sent": 0, "delivered": 1, "bounced": 6, "complained": 7, "unsubscribed": 8}
_FIRST_AT = {
    "sent": "sent_at",
    "delivered": "delivered_at",
    "deferred": "deferred_at",
    "complained": "complained_at",
    "unsubscribed": "unsubscribed_at",
    "rejected": "rejected_at",
}


class LinkState:
    """The clicks of one message on one link."""

    __slots__ = ("clicks", "first_at", "human_clicks", "human_first_at")

    def __init__(self, first_at: int | None = None, human_first_at: int | None = None, clicks: int = 0, human_clicks: int = 0) -> None:
        self.first_at = first_at
        self.human_first_at = human_first_at
        self.clicks = clicks
        self.human_clicks = human_clicks


@dataclass(slots=True)
class Sums:
    """What a fold adds to the rollup tables: a key, and for each column the difference."""

    campaigns: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # (tenant, campaign) → COUNTS
    cohorts: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # … and quarter → COHORT_COUNTS
    quarters: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # … and quarter → QUARTER_COUNTS
    links: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # (tenant, link, campaign) → LINK_COUNTS
    bounces: dict[tuple[int, int, str, str, str], int] = field(default_factory=dict)  # … type, category, reason → messages


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
            before[event.message_id] = (contribution(state), state.anchor, _bounce_key(state) if state.bounced_at else None)
        apply(state, event, links, sums)
    changes: dict[Change, int] = {}
    for message_id, (counts, anchor, bounce) in before.items():
        state = states[message_id]
        if state.is_counted:
            change = (state.tenant_id, state.campaign_id, counts, contribution(state), anchor, state.anchor)
            changes[change] = changes.get(change, 0) + 1
            if state.bounced_at is not None:
                _settle_bounce(sums, state, bounce)
    for change, times in changes.items():  # thousands of messages, but few different changes
        _settle(sums, change, times)
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


def visit(when: int, visitor: int, is_human: bool) -> int:
    """Who opened in which minute, as one integer: minute, 32 bits of the visitor, human or not."""
    return when // MINUTE << 33 | (visitor & 0xFFFFFFFF) << 1 | is_human


def see(visits: set[int], seen: int) -> tuple[bool, bool]:
    """Add a visit; whether it is a further open, and whether a further human one. A reader who was human once stands there as such.

    The same reader again in one minute is a repeat: it is stored, but is no further open.
    """
    as_machine, as_human = seen & ~1, seen | 1
    if as_human in visits:
        return False, False
    room, human_room = _room(visits, seen) if len(visits) >= MAX_VISITS_A_MINUTE else (True, True)
    is_new = room and as_machine not in visits
    is_new_human = human_room and seen == as_human
    if is_new_human:
        visits.discard(as_machine)
        visits.add(as_human)
    elif is_new:
        visits.add(as_machine)
    return is_new, is_new_human


def _room(visits: set[int], seen: int) -> tuple[bool, bool]:
    """Whether the minute may take one more reader, and one more human one."""
    readers = [v & 1 for v in visits if v >> 33 == seen >> 33]
    return len(readers) < MAX_VISITS_A_MINUTE, sum(readers) < MAX_VISITS_A_MINUTE


def minute_of(visit: int) -> int:
    """The minute (since 1970) of a visit."""
    return visit >> 33


def newest_visits(visits: set[int]) -> set[int]:
    """The visits of the newest minute: all that later events of a live message need."""
    if len(visits) == 1:  # nearly always
        return visits
    newest = minute_of(max(visits, default=0))
    return {v for v in visits if v >> 33 == newest}


def _open(state: MessageState, event: Event, when: int, sums: Sums) -> None:
    """Most events are opens, and many of them repeats that must leave the message as it is."""
    minute = when // MINUTE
    if state.last_event_at is None or minute * MINUTE > state.last_event_at:
        state.last_event_at = minute * MINUTE
        state.is_changed = True
    if not event.is_counted:
        return
    if state.opened_at is None or when < state.opened_at:
        state.opened_at = when
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
    if event.link_id is not None:
        _click_link(state, event.link_id, when, is_human, links, sums)


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
        _add(sums.links, (state.tenant_id, link_id, state.campaign_id), (1, is_human, is_first, is_first_human))


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


def _bounce_key(state: MessageState) -> tuple[str, str, str] | None:
    if state.bounced_at is None or not state.is_counted:
        return None
    return (state.bounce_type or "", state.bounce_category or "unknown", (state.bounce_reason or "")[:200])


def settle_message(sums: Sums, state: MessageState) -> None:
    """Add to the sums over messages all that a message contributes since it was registered."""
    if state.is_counted:
        registered = state.created_at // QUARTER * QUARTER
        _settle(sums, (state.tenant_id, state.campaign_id, NOTHING, contribution(state), registered, state.anchor), 1)
        _settle_bounce(sums, state, None)


def _settle(sums: Sums, change: Change, times: int) -> None:
    tenant_id, campaign_id, counts, after, anchor, now_at = change
    difference = [(b - a) * times for a, b in zip(counts, after, strict=True)]
    if any(difference):
        _add(sums.campaigns, (tenant_id, campaign_id), difference)
    if now_at != anchor:
        _add(sums.cohorts, (tenant_id, campaign_id, anchor), [-times, *(-n * times for n in counts)])
        _add(sums.cohorts, (tenant_id, campaign_id, now_at), [times, *(n * times for n in after)])
    elif any(difference):
        _add(sums.cohorts, (tenant_id, campaign_id, anchor), [0, *difference])


def _settle_bounce(sums: Sums, state: MessageState, before: tuple[str, str, str] | None) -> None:
    after = _bounce_key(state)
    if after != before:
        for change, told in ((-1, before), (1, after)):
            if told is not None:
                key = (state.tenant_id, state.campaign_id, *told)
                sums.bounces[key] = sums.bounces.get(key, 0) + change


def settle_link(sums: Sums, state: MessageState, link_id: int, link: LinkState) -> None:
    """Add to the sums all that a message's clicks on a link contribute."""
    if state.is_counted:
        counts = (link.clicks, link.human_clicks, int(link.clicks > 0), int(link.human_clicks > 0))
        _add(sums.links, (state.tenant_id, link_id, state.campaign_id), counts)


def _quarter_of(sums: Sums, state: MessageState, when: int) -> list[int]:
    """The counts to add to; those of messages that don't count are thrown away."""
    if not state.is_counted:
        return [0] * len(QUARTER_COUNTS)
    key = (state.tenant_id, state.campaign_id, when - when % QUARTER)
    quarter = sums.quarters.get(key)
    if quarter is None:
        quarter = sums.quarters[key] = [0] * len(QUARTER_COUNTS)
    return quarter


def _add(table: dict[Any, list[int]], key: Any, counts: Iterable[int]) -> None:
    row = table.get(key)
    table[key] = list(counts) if row is None else [a + b for a, b in zip(row, counts, strict=True)]
