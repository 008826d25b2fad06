"""What a fold adds to the rollup tables, and what of that is the difference of a message before and after its events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from little_bell.domain.clients import Client
from little_bell.domain.delays import step_of
from little_bell.domain.events import QUARTER
from little_bell.domain.lifecycle import NOTHING, MessageState, Standing, anchor, contributed, standing_of, tallies_of
from little_bell.domain.metrics import COUNTS

#: The columns of event_quarters, in the order of the sums kept for them.
QUARTER_COUNTS = ("sent", "delivered", "opens", "human_opens", "clicks", "human_clicks", "bounces", "complaints", "unsubscribes")
#: The columns of link_stats.
LINK_COUNTS = ("clicks", "human_clicks", "unique_clicks", "unique_human_clicks")
#: The columns of cohort_quarters: `moved`, then metrics.COUNTS.
COHORT_COUNTS = ("moved", *COUNTS)
#: The columns of delay_stats: messages.
DELAY_COUNTS = ("opened", "human_opened", "clicked", "human_clicked")
#: The columns of trait_stats: events.
TRAIT_COUNTS = ("opens", "human_opens", "clicks", "human_clicks")
#: In a standing the first opens and clicks (DELAY_COUNTS) follow the times of hand-over and registration.
_PLACES = range(len(DELAY_COUNTS))
_NO_FIRSTS = (None,) * len(DELAY_COUNTS)
#: Tenant, campaign, contribution before and after, cohort before and after, mailbox provider, variant.
Change = tuple[int, int, tuple[int, ...], tuple[int, ...], int, int, str | None, str | None]
#: What opens and clicks that are added up together share: tenant, campaign, quarter-hour, client (None on a message that isn't in the
#: analytics yet), country.
Reading = tuple[int, int, int, Client | None, str]


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
    delays: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # … and step (domain.delays) → DELAY_COUNTS
    mailboxes: dict[tuple[int, int, str], list[int]] = field(default_factory=dict)  # … and mailbox provider → COUNTS
    variants: dict[tuple[int, int, str], list[int]] = field(default_factory=dict)  # … and variant of the mail → COUNTS
    traits: dict[tuple[int, int, str, str], list[int]] = field(default_factory=dict)  # … and trait, value → TRAIT_COUNTS
    readings: dict[Reading, list[int]] = field(default_factory=dict)  # → TRAIT_COUNTS, not told apart yet


def bounce_key(standing: Standing) -> tuple[str, str, str] | None:
    """What a message that counts stands under in bounce_stats; None if nowhere."""
    if standing[7] is None:
        return None
    bounce_type, category, reason = standing[-3:]
    return bounce_type or "", category or "unknown", (reason or "")[:200]


def settle_message(sums: Sums, state: MessageState) -> None:
    """Add to the sums over messages all that a message contributes since it was registered."""
    if state.is_counted:
        registered, standing = state.created_at // QUARTER * QUARTER, standing_of(state)
        after = contributed(standing, tallies_of(state))
        settle(sums, (state.tenant_id, state.campaign_id, NOTHING, after, registered, anchor(standing), state.mailbox, state.variant), 1)
        settle_bounce(sums, state, None, bounce_key(standing))
        if state.mailbox is not None:
            settle_delays(sums, state, (*standing[:2], *_NO_FIRSTS), standing)


def settle(sums: Sums, change: Change, times: int) -> None:
    """Add what so many messages contribute more than before to the sums of campaign, cohort, mailbox provider and variant."""
    tenant_id, campaign_id, counts, after, was_at, now_at, mailbox, variant = change
    difference = [(b - a) * times for a, b in zip(counts, after, strict=True)]
    if any(difference):
        add_to(sums.campaigns, (tenant_id, campaign_id), difference)
        if mailbox is not None:
            add_to(sums.mailboxes, (tenant_id, campaign_id, mailbox), difference)
        if variant is not None:
            add_to(sums.variants, (tenant_id, campaign_id, variant), difference)
    if now_at != was_at:
        add_to(sums.cohorts, (tenant_id, campaign_id, was_at), [-times, *(-n * times for n in counts)])
        add_to(sums.cohorts, (tenant_id, campaign_id, now_at), [times, *(n * times for n in after)])
    elif any(difference):
        add_to(sums.cohorts, (tenant_id, campaign_id, was_at), [0, *difference])


def settle_bounce(sums: Sums, state: MessageState, before: tuple[str, str, str] | None, after: tuple[str, str, str] | None) -> None:
    """Move the message from where it stood in bounce_stats to where it stands."""
    if after != before:
        for change, told in ((-1, before), (1, after)):
            if told is not None:
                key = (state.tenant_id, state.campaign_id, *told)
                sums.bounces[key] = sums.bounces.get(key, 0) + change


def settle_delays(sums: Sums, state: MessageState, before: Standing, after: Standing) -> None:
    """Move the message from the steps that it was in to those that it is in: a hand-over that is told late moves all four."""
    begun, begins = before[0] or before[1] or 0, after[0] or after[1] or 0
    tenant_id, campaign_id, delays = state.tenant_id, state.campaign_id, sums.delays
    for place in _PLACES:
        was, now = before[place + 2], after[place + 2]
        if was == now and (now is None or begun == begins):  # two or three of the four, nearly always
            continue
        if was is not None:
            row_of(delays, (tenant_id, campaign_id, step_of(was - begun)), 4)[place] -= 1
        if now is not None:
            row_of(delays, (tenant_id, campaign_id, step_of(now - begins)), 4)[place] += 1


def tell_apart(sums: Sums) -> None:
    """From what was read, once a fold instead of once an event: quarter-hour, client, system, device and, where it is known, country."""
    for (tenant_id, campaign_id, quarter, client, country), counts in sums.readings.items():
        add_to(sums.quarters, (tenant_id, campaign_id, quarter), (0, 0, *counts, 0, 0, 0))
        if client is not None:
            traits = {**client._asdict(), "country": country} if country else client._asdict()
            for trait, value in traits.items():
                add_to(sums.traits, (tenant_id, campaign_id, trait, value), counts)
    sums.readings.clear()


def settle_link(sums: Sums, state: MessageState, link_id: int, link: LinkState) -> None:
    """Add to the sums all that a message's clicks on a link contribute."""
    if state.is_counted:
        counts = (link.clicks, link.human_clicks, int(link.clicks > 0), int(link.human_clicks > 0))
        add_to(sums.links, (state.tenant_id, link_id, state.campaign_id), counts)


def row_of(table: dict[Any, list[int]], key: Any, width: int) -> list[int]:
    """The counts of a key, to be added to in place."""
    row = table.get(key)
    if row is None:
        row = table[key] = [0] * width
    return row


def add_to(table: dict[Any, list[int]], key: Any, counts: Iterable[int]) -> None:
    """Add counts to those of a key."""
    row = table.get(key)
    table[key] = list(counts) if row is None else [a + b for a, b in zip(row, counts, strict=True)]
