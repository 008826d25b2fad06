"""The demo tenant: believable, folded exactly, and repeatable by its seed."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from little_bell.db import make_engine, reading
from little_bell.first_run import first_run
from little_bell.models import to_micros
from little_bell.models.tables import message_events, rejudge_waiting
from little_bell.seed import fill, words
from little_bell.seed.happening import Happening
from little_bell.seed.plan import HOUR, audience, happenings, starts_at
from little_bell.seed.words import MAILINGS, Mailing
from tests.cli.conftest import CommandLine

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def story(mailing: Mailing, seed: int, readers: int = 2_000) -> tuple[int, list[list[Happening]]]:
    """When sending began, and what happened to each of some messages."""
    rng = random.Random(seed)
    start = to_micros(starts_at(mailing, NOW))
    return start, [list(happenings(rng, mailing, reader, start, to_micros(NOW))) for reader in audience(rng, readers)]


def test_the_same_seed_tells_the_same_story() -> None:
    assert story(MAILINGS[0], 1, 200) == story(MAILINGS[0], 1, 200)
    assert story(MAILINGS[0], 1, 200) != story(MAILINGS[0], 2, 200)


@pytest.mark.parametrize("mailing", MAILINGS, ids=lambda mailing: mailing.name)
def test_nothing_happens_in_the_future_nor_before_it_was_sent(mailing: Mailing) -> None:
    start, told = story(mailing, 3)
    times = [happening.at for one in told for happening in one]
    assert start <= min(times)
    assert max(times) <= to_micros(NOW)


def test_interest_fades_quickly_and_never_quite() -> None:
    start, told = story(MAILINGS[0], 4)
    opens = [(happening.at - start) // HOUR for one in told for happening in one if happening.type == "opened"]
    first_day, second_week = sum(hour < 24 for hour in opens), sum(168 <= hour < 336 for hour in opens)
    assert first_day > 0.6 * len(opens)
    assert 0 < second_week < 0.1 * len(opens)


def test_people_sleep() -> None:
    _, told = story(MAILINGS[0], 5)
    hours = Counter(
        datetime.fromtimestamp(happening.at / 1e6, UTC).hour
        for one in told
        for happening in one
        if happening.type == "opened" and happening.agent not in (words.APPLE_PREFETCH, words.GMAIL_PREFETCH, words.HIDDEN_FILTER)
    )
    assert sum(hours[hour] for hour in (0, 1, 2, 3)) < 0.1 * sum(hours[hour] for hour in (8, 9, 18, 19))


def test_who_bounced_did_nothing_else() -> None:
    _, told = story(MAILINGS[1], 6)
    bounced = [[happening.type for happening in one] for one in told if any(happening.type == "bounced" for happening in one)]
    assert bounced
    assert {tuple(types) for types in bounced} == {("sent", "bounced")}


def test_links_differ_in_popularity_and_some_hits_are_odd() -> None:
    _, told = story(MAILINGS[0], 7, 6_000)
    clicks = [happening for one in told for happening in one if happening.type == "clicked"]
    by_link = Counter(click.url for click in clicks if click.agent in words.BROWSERS)
    assert [url for url, _ in by_link.most_common(2)] == list(MAILINGS[0].links)[:2]
    assert any(click.is_head for click in clicks)
    assert any(not click.is_signed for click in clicks)


def test_the_second_variant_is_followed_more() -> None:
    first, second = (story(MAILINGS[2].of(variant), 8)[1] for variant in MAILINGS[2].variants)
    followed = [
        sum(any(each.agent in words.BROWSERS for each in one if each.type == "clicked") for one in told) for told in (first, second)
    ]
    assert followed[1] > 1.2 * followed[0]


def test_sending_begins_on_a_working_day_gone_by() -> None:
    for days in range(14):
        now = NOW + timedelta(days=days)
        starts = [starts_at(mailing, now) for mailing in MAILINGS]
        assert all(start.weekday() < 5 for start in starts)
        assert max(starts) < now


@pytest.fixture
def small_demo(bell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The demo with a hundredth of its messages."""
    few = tuple(replace(mailing, messages=mailing.messages // 100) for mailing in MAILINGS)
    monkeypatch.setattr(fill, "MAILINGS", few)
    return bell


def test_the_demo_is_counted_as_a_rebuild_would(small_demo: CommandLine) -> None:
    made = small_demo("demo", "--json")
    assert made.code == 0
    campaigns = small_demo("campaign", "list", "--tenant", "demo", "--json").json
    assert [campaign["metrics"]["total"] for campaign in campaigns] == [40, 70, 90]
    assert all(campaign["metrics"]["human_opened"] > 0 for campaign in campaigns)
    assert campaigns[-1]["created_at"] < campaigns[0]["created_at"]
    assert small_demo("stats", "rebuild", "--check").code == 0
    assert small_demo("campaign", "list", "--json").json == []


def test_the_demo_shows_machines_with_their_reasons_and_what_somebody_said_of_two(
    small_demo: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "now", lambda: NOW)  # another day tells another story
    small_demo("demo")
    engine = make_engine(small_demo.settings.database_url)
    with reading(engine) as connection:
        clicks = connection.execute(
            select(message_events.c.verdict, message_events.c.reasons).where(message_events.c.type == "clicked")
        ).all()
        assert connection.execute(select(func.count()).select_from(rejudge_waiting)).scalar_one() == 0
    engine.dispose()
    reasons = {name for click in clicks if click.verdict == "machine" for name in click.reasons.split(",")}
    assert {"burst", "pair", "scanner_agent", "said_machine"} <= reasons
    assert {click.verdict for click in clicks if "said_human" in click.reasons} <= {"human"}

    campaign = small_demo("campaign", "list", "--tenant", "demo", "--json").json[-1]["metrics"]
    assert campaign["human_clicked"] < campaign["clicked"]
    said = small_demo("report", "summary", "--tenant", "demo", "--json").json
    before = small_demo("report", "summary", "--tenant", "demo", "--set", words.KEPT_AS, "--json").json
    assert (said["total_clicked"], said["total_sent"]) == (before["total_clicked"], before["total_sent"])
    assert len(small_demo("rule", "list", "--tenant", "demo", "--json").json) == len(words.RULES)


def test_the_demo_doesnt_double_itself_by_accident(small_demo: CommandLine) -> None:
    small_demo("demo")
    again = small_demo("demo")
    assert again.code == 1
    assert "--again" in again.err
    assert len(small_demo("campaign", "list", "--tenant", "demo", "--json").json) == 3
    assert small_demo("demo", "--again").code == 0
    assert len(small_demo("campaign", "list", "--tenant", "demo", "--json").json) == 6


def test_the_first_start_after_a_demo_still_makes_its_owner(small_demo: CommandLine) -> None:
    small_demo("demo")
    made = first_run(small_demo.settings)
    assert made is not None
    assert made.email == small_demo.settings.admin_email
