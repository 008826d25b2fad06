"""Counters: repeats, late comers, prunes and recounts leave them exact."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from little_bell.db import reading, writing
from little_bell.journal.records import Hit, Prune
from little_bell.models import from_micros
from little_bell.models.tables import (
    bounce_stats,
    campaign_stats,
    cohort_quarters,
    event_quarters,
    link_clicks,
    link_stats,
    message_baselines,
    message_events,
    messages,
    tenants,
)
from little_bell.projector import prune, prune_tenants
from little_bell.queries.projection import changed_campaigns
from tests.fixtures.people import Person
from tests.projector.conftest import MINUTE, START, Post, click_of, open_of

URL = "https://example.com/a"
ROLLUPS = (campaign_stats, cohort_quarters, event_quarters, link_stats, bounce_stats, link_clicks)


def counters(post: Post) -> dict[str, list[Any]]:
    """All that is counted, but for when it was."""
    found = {}
    for table in ROLLUPS:
        found[table.name] = sorted(post.rows(select(*(column for column in table.c if column.name != "changed_in"))), key=str)
    columns = (column for column in messages.c if column.name != "updated_at")
    return found | {"messages": post.rows(select(*columns).order_by(messages.c.id))}


def lively_history(post: Post) -> None:
    ids = post.register("token-one", "token-two", "token-three", "token-four")
    bounce: dict[str, str | None] = {"bounce_type": "temporary", "category": "unknown", "reason": "452 full"}
    post.write(
        *(open_of("token-one", 60 + number / 4, reader=number % 3) for number in range(40)),
        *(click_of("token-two", f"{URL}{number % 3}", 61 + 5 * number) for number in range(12)),
        click_of("token-one", URL, 300, is_signed=False),
        Hit("opened", "token-two", START + 100 * MINUTE, 0, True, is_head=True),
        post.mark(ids[0], "sent", 1, provider_message_id="<1@example.com>"),
        post.mark(ids[2], "bounced", 31, bounce=bounce),
        post.mark(ids[2], "opened", 200),
        post.mark(ids[3], "clicked", 210, url=URL),
        Hit("unsubscribed", "token-one", START + 90 * MINUTE, post.tenant_id, True),
    )
    post.project()


def prune_before(post: Post, minute: float) -> None:
    post.write(Prune(START + int(minute * MINUTE), START))
    with post.projecting() as running:
        running.fold()
        running.keep_house()


def events_left(post: Post) -> int:
    return int(post.rows(select(func.count()).select_from(message_events))[0][0])


def test_the_same_reader_within_a_minute_is_stored_each_time_and_counts_once(post: Post) -> None:
    post.register("some-token")
    post.write(*(open_of("some-token", 60 + second / 60) for second in (0, 1, 30, 59)))
    post.write(open_of("some-token", 60, reader=2), open_of("some-token", 61))
    post.project()
    assert events_left(post) == 6
    assert post.stats("opens", "human_opens", "opened") == (3, 3, 1)


def test_a_late_repeat_of_a_minute_long_gone_is_recognised(post: Post) -> None:
    post.register("some-token")
    for batch in ([60, 61, 62], [60.5], [61.2, 60.9], [59]):
        post.write(*(open_of("some-token", minute) for minute in batch))
        post.project()
    assert post.stats("opens") == (4,) and events_left(post) == 7
    assert post.recount().differences == []


def test_what_a_machine_fetched_by_head_is_stored_and_not_counted(post: Post) -> None:
    post.register("some-token")
    post.write(
        Hit("opened", "some-token", START, 0, True, is_head=True), Hit("clicked", "some-token", START, 0, True, is_head=True, url=URL)
    )
    post.project()
    assert post.rows(select(message_events.c.verdict, message_events.c.reasons).distinct()) == [("machine", "head,no_agent")]
    assert post.stats("opens", "clicks", "opened", "sent") == (0, 0, 0, 0)


def test_test_messages_have_a_story_and_count_nowhere(post: Post) -> None:
    post.register("test-token", test=True)
    post.write(open_of("test-token"), click_of("test-token", URL, 61))
    post.project()
    assert post.message("test-token").status == "clicked" and post.message("test-token").opens == 1
    assert not any(any(post.stats(name)) for name in ("opens", "opened", "clicks", "sent"))
    assert post.recount().differences == []


def test_a_stated_time_is_held_within_bounds_and_kept_as_it_was_stated(post: Post) -> None:
    [one, two] = post.register("token-one", "token-two")
    day = 24 * 60 * MINUTE
    post.write(post.mark(one, "sent", 10, stated_at=START - 400 * day), post.mark(two, "sent", 10, stated_at=START + 400 * day))
    post.project()
    assert post.message("token-one").sent_at == from_micros(START - 30 * day)
    assert post.message("token-two").sent_at == from_micros(START + 15 * MINUTE)
    stated = post.rows(select(message_events.c.stated_at).order_by(message_events.c.id))
    assert stated == [(from_micros(START - 400 * day),), (from_micros(START + 400 * day),)]


@pytest.mark.parametrize(("step", "span"), [(3, 10_000), (500, 10_000), (500, 7), (3, 4)])
def test_a_prune_takes_events_and_leaves_every_counter(post: Post, monkeypatch: pytest.MonkeyPatch, step: int, span: int) -> None:
    monkeypatch.setattr(prune, "STEP", step)
    monkeypatch.setattr(prune, "SPAN", span)
    lively_history(post)
    before, events = counters(post), events_left(post)
    assert post.recount().differences == []
    for minute in (66, 66, 95, 205):
        prune_before(post, minute)
        assert counters(post) == before
        assert post.recount().differences == []
        assert post.rows(select(func.count()).where(message_events.c.occurred_at < from_micros(START + minute * MINUTE))) == [(0,)]
    assert 0 < events_left(post) < events
    prune_before(post, 10_000)
    assert events_left(post) == 0 and counters(post) == before
    assert post.recount(mend=True).differences == [] and counters(post) == before


def test_after_a_prune_late_repeats_are_still_repeats_and_new_opens_are_new(post: Post) -> None:
    post.register("some-token")
    post.write(*(open_of("some-token", minute, reader=reader) for minute in (60, 61, 62) for reader in (1, 2)))
    post.project()
    prune_before(post, 1_000)
    assert events_left(post) == 0
    post.write(open_of("some-token", 60.5, reader=1), open_of("some-token", 62.5, reader=2), open_of("some-token", 61, reader=3))
    post.write(open_of("some-token", 61.5, reader=2), open_of("some-token", 63, reader=1))
    post.project()
    assert post.stats("opens") == (8,)
    assert post.recount().differences == []
    prune_before(post, 1_000)
    assert post.stats("opens") == (8,) and post.recount().differences == []


def test_a_prune_that_is_killed_on_its_way_goes_on_where_it_was(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    lively_history(post)
    before = counters(post)
    monkeypatch.setattr(prune, "STEP", 5)
    post.write(Prune(START + 1_000 * MINUTE, START))
    pruning, steps = prune.prune_events, [0]

    def die_at_times(*values: Any) -> None:
        pruning(*values)
        steps[0] += 1
        if steps[0] % 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(prune, "prune_events", die_at_times)
    deaths = 0
    for _ in range(100):
        with post.projecting() as running:
            running.fold()
            try:
                running.keep_house()
            except KeyboardInterrupt:
                deaths += 1
                continue
            break
    assert deaths > 3 and events_left(post) == 0
    assert counters(post) == before and post.recount().differences == []


def test_a_prune_that_finds_nothing_looks_in_small_steps_and_ends(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "SPAN", 10)
    lively_history(post)
    events = events_left(post)
    post.write(Prune(START - MINUTE, START))
    steps, step = [0], prune.Pruning.step

    def counted(*values: Any) -> int:
        steps[0] += 1
        return step(*values)

    monkeypatch.setattr(prune.Pruning, "step", counted)
    with post.projecting() as running:
        running.fold()
        running.keep_house()
        assert steps[0] >= events // 10
        running.keep_house()
        assert steps[0] <= events // 10 + 2, "it has ended"
    assert events_left(post) == events


def test_an_older_prune_does_not_take_back_a_later_one(post: Post) -> None:
    lively_history(post)
    post.write(Prune(START + 95 * MINUTE, START), Prune(START + 66 * MINUTE, START))
    with post.projecting() as running:
        running.fold()
        running.keep_house()
    assert post.rows(select(func.count()).where(message_events.c.occurred_at < from_micros(START + 95 * MINUTE))) == [(0,)]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (update(campaign_stats).values(opens=campaign_stats.c.opens + 7, clicks=0), "campaign_stats"),
        (update(messages).where(messages.c.token == "token-one").values(opens=1, human_opened_at=None), "message 1"),
        (update(messages).where(messages.c.token == "token-three").values(status="queued"), "status is queued"),
        (update(messages).where(messages.c.token == "token-one").values(recent_visits=None), "recent visits"),
        (update(link_clicks).values(clicks=99), "link"),
        (link_clicks.delete(), "link"),
        (update(link_stats).values(unique_clicks=99), "link_stats"),
        (update(event_quarters).values(bounces=3), "event_quarters"),
        (event_quarters.delete(), "event_quarters"),
        (update(cohort_quarters).values(opened=3), "cohort_quarters"),
        (update(bounce_stats).values(reason="another"), "bounce_stats"),
    ],
)
def test_a_recount_finds_a_spoilt_counter_says_which_and_mends_it(post: Post, spoil: Any, says: str) -> None:
    lively_history(post)
    prune_before(post, 66)
    before = counters(post)
    with writing(post.engine) as connection:
        connection.execute(spoil)
    assert any(says in difference for difference in post.recount().differences)
    assert counters(post) != before, "a recount alone changes nothing"
    post.recount(mend=True)
    assert post.recount().differences == [] and counters(post) == before


def test_a_recount_of_nothing_finds_nothing(post: Post) -> None:
    post.register("some-token")
    assert post.recount().differences == [] and post.recount(mend=True).messages == 1
    assert post.rows(select(message_baselines)) == []


def test_open_pages_notice_a_mended_counter_and_the_fold_behind_it(post: Post) -> None:
    lively_history(post)
    with reading(post.engine) as connection:
        seen, _ = changed_campaigns(connection, 0)
    post.recount(mend=True)
    for change in ("mended", "folded"):
        with reading(post.engine) as connection:
            newest, changed = changed_campaigns(connection, seen)
        assert newest > seen and changed == [(post.tenant_id, post.campaign_id)], change
        seen = newest
        post.write(open_of("token-one", 400))
        post.project()


@pytest.mark.parametrize(("days", "are_kept"), [(0, True), (30, True), (1, False)])
def test_events_older_than_the_installation_keeps_them_are_pruned_by_themselves(post: Post, days: int, are_kept: bool) -> None:
    lively_history(post)
    before = counters(post)
    with post.projecting(event_days=days) as running:
        running.keep_rare_house()
    assert bool(events_left(post)) == are_kept and counters(post) == before


@pytest.mark.parametrize(("own", "installation", "are_kept"), [(1, 0, False), (1, 30, False), (30, 0, True), (0, 30, True), (30, 40, True)])
def test_a_tenants_events_go_earlier_if_it_says_so_and_no_other_tenants(
    post: Post, charlie: Person, monkeypatch: pytest.MonkeyPatch, own: int, installation: int, are_kept: bool
) -> None:
    monkeypatch.setattr(prune_tenants, "STEP", 5)
    lively_history(post)
    post.register("charlies-token", campaign_id=post.new_campaign(charlie.tenant_id), tenant_id=charlie.tenant_id)
    post.write(open_of("charlies-token"))
    post.project()
    with writing(post.engine) as connection:
        connection.execute(update(tenants).where(tenants.c.id == post.tenant_id).values(retention_days=own))
    before = counters(post)
    with post.projecting(event_days=installation) as running:
        running.keep_rare_house()
    owners = {row[0] for row in post.rows(select(message_events.c.tenant_id))}
    assert owners == ({post.tenant_id, charlie.tenant_id} if are_kept else {charlie.tenant_id})
    assert counters(post) == before and post.recount().differences == []


def test_what_the_installation_keeps_does_not_take_back_a_prune_that_was_asked_for(post: Post) -> None:
    lively_history(post)
    post.write(Prune(START + 1_000 * MINUTE, START))
    with post.projecting(event_days=30) as running:
        running.fold()
        running.upkeep._write(running.upkeep._retain)
        running.keep_house()
    assert events_left(post) == 0
