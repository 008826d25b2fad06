"""The fold under hypothesis: order, batching and replay don't matter, and a baseline stands for what it replaced."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.events import MINUTE, QUARTER, BounceFacts, Event
from little_bell.domain.fold import fold
from little_bell.domain.lifecycle import MessageState, contribution, status
from little_bell.domain.metrics import COUNTS
from little_bell.domain.sums import LinkState, Sums, settle_link, settle_message
from little_bell.domain.visits import MAX_VISITS_A_MINUTE
from little_bell.projector import baseline
from little_bell.projector.refold import merge
from little_bell.projector.states import STATE_COLUMNS

START = 1_790_000_000_000_000 // QUARTER * QUARTER
MESSAGES = (1, 2, 3)

bounces = st.builds(
    BounceFacts,
    bounce_type=st.sampled_from(["permanent", "temporary"]),
    category=st.sampled_from(["user_unknown", "mailbox_full"]),
    reason=st.sampled_from(["550 no such user", "452 full", ""]),
)


@st.composite
def some_event(draw: st.DrawFn) -> Event:
    kind = draw(
        st.sampled_from(
            ["opened"] * 4 + ["clicked"] * 3 + ["sent", "delivered", "deferred", "bounced", "complained", "unsubscribed", "rejected"]
        )
    )
    verdict = draw(st.sampled_from(["human", "proxy-human", "machine", "unsigned", "manual"]))
    return Event(
        id=0,
        tenant_id=1,
        campaign_id=7,
        message_id=draw(st.sampled_from(MESSAGES)),
        type=kind,
        occurred_at=START + draw(st.integers(0, 40)) * MINUTE // 2,
        verdict=verdict,
        is_counted=verdict != "unsigned",
        visitor=draw(st.sampled_from([5, 6])),
        link_id=draw(st.sampled_from([None, 31, 32])) if kind == "clicked" else None,
        bounce=draw(bounces) if kind == "bounced" else None,
        provider_message_id=draw(st.sampled_from([None, "a", "b"])) if kind == "sent" else None,
    )


events_lists = st.lists(some_event(), max_size=25)


def fresh() -> dict[int, MessageState]:
    """Three messages; the third is a test, outside of every sum."""
    return {i: MessageState(i, 1, 7, START - QUARTER, is_counted=i != 3) for i in MESSAGES}


def told(states: dict[int, MessageState], links: dict[tuple[int, int], LinkState]) -> Any:
    """All that a fold leaves, in a form that compares."""
    clicks = {key: (link.first_at, link.human_first_at, link.clicks, link.human_clicks) for key, link in links.items()}
    return {i: ([getattr(s, name) for name in STATE_COLUMNS], s.visits, status(s)) for i, s in states.items()}, clicks


def sums_told(sums: Sums) -> Any:
    tables = (sums.campaigns, sums.cohorts, sums.quarters, sums.links)
    return [{key: counts for key, counts in table.items() if any(counts)} for table in tables], {k: n for k, n in sums.bounces.items() if n}


def fold_in_batches(events: list[Event], sizes: list[int]) -> tuple[Any, Any]:
    states, links, sums = fresh(), {}, Sums()
    rest = list(events)
    for size in [*sizes, len(events)]:
        merge(sums, fold(states, links, rest[:size]))
        rest = rest[size:]
    return told(states, links), sums_told(sums)


@given(events_lists, st.randoms(use_true_random=False), st.lists(st.integers(0, 7), max_size=6))
def test_any_order_and_any_batching_give_the_same_states_and_sums(events: list[Event], random: Any, sizes: list[int]) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert fold_in_batches(shuffled, sizes) == fold_in_batches(events, [])


@given(events_lists, st.lists(st.integers(0, 7), max_size=6))
def test_the_sums_are_what_the_states_contribute(events: list[Event], sizes: list[int]) -> None:
    states, links, sums = fresh(), {}, Sums()
    rest = list(events)
    for size in [*sizes, len(events)]:
        merge(sums, fold(states, links, rest[:size]))
        rest = rest[size:]
    counted_anew = Sums(quarters=sums.quarters)
    for state in states.values():
        settle_message(counted_anew, state)
    for (message_id, link_id), link in links.items():
        settle_link(counted_anew, states[message_id], link_id, link)
    assert sums_told(sums) == sums_told(counted_anew)


@given(events_lists, st.integers(0, 25))
def test_a_baseline_and_the_events_behind_it_give_what_all_events_gave(events: list[Event], cut: int) -> None:
    whole, whole_links = fresh(), {}
    fold(whole, whole_links, events)

    pruned, pruned_links = fresh(), {}
    fold(pruned, pruned_links, events[:cut])
    again, again_links = fresh(), {}
    for message_id, state in pruned.items():
        kept = baseline.dump(state, {link_id: link for (m, link_id), link in pruned_links.items() if m == message_id})
        again_links |= {(message_id, link_id): link for link_id, link in baseline.load(kept, again[message_id]).items()}
    fold(again, again_links, events[cut:])

    assert told(again, again_links) == told(whole, whole_links)


@given(events_lists)
def test_human_numbers_never_exceed_all_and_the_funnel_narrows(events: list[Event]) -> None:
    states = fresh()
    fold(states, {}, events)
    for state in states.values():
        counts = dict(zip(COUNTS, contribution(state), strict=True))
        assert counts["human_opened"] <= counts["opened"] <= counts["delivered"] <= counts["sent"]
        assert counts["human_clicked"] <= counts["clicked"] <= counts["opened"]
        assert counts["human_opens"] <= counts["opens"]
        assert counts["unique_clicks"] <= counts["clicks"]
        assert counts["rejected"] + counts["sent"] <= 1


@given(events_lists, some_event())
def test_no_event_takes_a_message_down_the_ladder(events: list[Event], one_more: Event) -> None:
    ladder = ["queued", "sent", "rejected", "delivered", "bounced", "opened", "clicked"]
    states = fresh()
    fold(states, {}, events)
    before = {i: ladder.index(status(state)) for i, state in states.items()}
    fold(states, {}, [one_more])
    assert all(ladder.index(status(states[i])) >= before[i] for i in states)


def an_event(kind: str, **changes: Any) -> Event:
    return replace(Event(1, 1, 7, 1, kind, START, "human"), **changes)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "queued"),
        (["sent"], "sent"),
        (["sent", "deferred"], "sent"),
        (["sent", "delivered"], "delivered"),
        (["sent", "bounced"], "bounced"),
        (["sent", "delivered", "bounced"], "bounced"),
        (["bounced", "opened"], "opened"),
        (["opened", "bounced", "sent"], "opened"),
        (["clicked"], "clicked"),
        (["rejected"], "rejected"),
        (["sent", "rejected"], "rejected"),
    ],
)
def test_the_status_reads_as_the_ladder_says(events: list[str], expected: str) -> None:
    states = fresh()
    fold(states, {}, [an_event(kind) for kind in events])
    assert status(states[1]) == expected


def test_a_reader_who_opens_twice_in_a_minute_opened_once() -> None:
    states = fresh()
    fold(
        states, {}, [an_event("opened"), an_event("opened", occurred_at=START + MINUTE - 1), an_event("opened", occurred_at=START + MINUTE)]
    )
    assert states[1].opens == 2


def test_two_readers_in_one_minute_opened_twice() -> None:
    states = fresh()
    fold(states, {}, [an_event("opened", visitor=1), an_event("opened", visitor=2)])
    assert states[1].opens == 2


def test_a_prefetch_and_its_reader_in_one_minute_opened_once_in_all_and_once_as_a_person() -> None:
    for order in (("machine", "human"), ("human", "machine")):
        states = fresh()
        fold(states, {}, [an_event("opened", verdict=verdict) for verdict in order])
        assert (states[1].opens, states[1].human_opens, len(states[1].visits)) == (1, 1, 1)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=900), st.randoms(use_true_random=False))
def test_a_flood_counts_the_same_in_any_order(visits: list[tuple[int, bool]], random: Any) -> None:
    def opens(told: list[tuple[int, bool]]) -> tuple[int, int]:
        states = fresh()
        fold(states, {}, [an_event("opened", visitor=n, verdict="human" if is_human else "machine") for n, is_human in told])
        return states[1].opens, states[1].human_opens

    shuffled = list(visits)
    random.shuffle(shuffled)
    bound = MAX_VISITS_A_MINUTE
    readers, people = {n for n, _ in visits}, {n for n, is_human in visits if is_human}
    assert opens(visits) == opens(shuffled) == (min(len(readers), bound), min(len(people), bound))


def test_a_flood_of_readers_is_counted_up_to_the_bound() -> None:
    states = fresh()
    fold(states, {}, [an_event("opened", visitor=n) for n in range(2 * MAX_VISITS_A_MINUTE)])
    assert (states[1].opens, states[1].human_opens) == (MAX_VISITS_A_MINUTE, MAX_VISITS_A_MINUTE)


def test_a_click_implies_an_open_but_is_none() -> None:
    states = fresh()
    fold(states, {}, [an_event("clicked", link_id=31)])
    assert states[1].opened_at == START
    assert states[1].human_opened_at == START
    assert states[1].opens == 0


def test_a_head_request_and_an_unsigned_click_count_nothing() -> None:
    states, links = fresh(), {}
    fold(
        states, links, [an_event("opened", verdict="machine", is_counted=False), an_event("clicked", verdict="unsigned", is_counted=False)]
    )
    assert contribution(states[1]) == (0,) * len(COUNTS)
    assert links == {}


def test_a_message_registered_before_it_is_sent_moves_to_the_cohort_of_its_hand_over() -> None:
    states = fresh()
    sums = fold(states, {}, [an_event("opened", occurred_at=START + QUARTER)])
    merge(sums, fold(states, {}, [an_event("sent", occurred_at=START)]))
    moved = {quarter: counts[0] for (_, _, quarter), counts in sums.cohorts.items()}
    opened = {quarter: counts[1 + COUNTS.index("opened")] for (_, _, quarter), counts in sums.cohorts.items()}
    assert moved == {START - QUARTER: -1, START: 1}
    assert opened == {START - QUARTER: 0, START: 1}
