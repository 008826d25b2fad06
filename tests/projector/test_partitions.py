"""Events on PostgreSQL lie in partitions: made ahead, and dropped whole by retention without a counter moving."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, text

from little_bell.db import reading, writing
from little_bell.domain.events import MINUTE
from little_bell.journal.records import Erasure, Prune
from little_bell.models import metadata, now, to_micros
from little_bell.models.tables import frozen_events, message_events
from little_bell.projector import frozen
from little_bell.projector.partitions import AHEAD, LEAST, days_each, make_ahead, partitions
from little_bell.projector.placing import DAY
from tests.projector.conftest import START, Post, click_of, open_of

FIRST_DAY = START - START % DAY
#: Its beginning, in minutes after START: what tests state is on one day, whenever they run.
MIDNIGHT = (FIRST_DAY - START) // MINUTE
DAY_MINUTES = DAY // MINUTE


@pytest.fixture
def database(postgres_database: str) -> str:
    """Partitions are PostgreSQL's alone."""
    return postgres_database


@pytest.fixture
def by_day(post: Post) -> Post:
    """The same with a partition for each day, from that of START on."""
    with writing(post.engine) as connection:
        connection.execute(text("DROP TABLE message_events_before"))
        make_ahead(connection, START, 30)
    return post


def names(post: Post) -> list[str]:
    with reading(post.engine) as connection:
        return [partition.name for partition in partitions(connection)]


def held(post: Post) -> dict[str, int]:
    """How many events lie in which partition."""
    return dict(post.rows(text("SELECT tableoid::regclass::text, count(*) FROM message_events GROUP BY 1")))


def counters(post: Post) -> dict[str, Any]:
    tables = [metadata.tables[name] for name in ("campaign_stats", "cohort_quarters", "event_quarters", "link_stats", "link_clicks")]
    return {table.name: sorted(post.rows(select(*[c for c in table.c if c.name != "changed_in"]))) for table in tables}


def three_days(post: Post) -> None:
    """Four messages are read and clicked on each of three days."""
    tokens = [f"mail-token-{number}" for number in range(4)]
    post.register(*tokens)
    post.link("https://example.com/a")
    for day in range(3):
        minutes = (MIDNIGHT + day * DAY_MINUTES + 60, MIDNIGHT + day * DAY_MINUTES + 61)
        post.write(*(open_of(token, minute, reader=day) for token in tokens for minute in minutes))
        post.write(*(click_of(token, "https://example.com/a", minutes[0] + 30) for token in tokens[:2]))
    post.project()


def until_dropped(post: Post, days: int, between: Callable[[], None] = lambda: None) -> None:
    """Orders that events go which lie before the so many days after START's, and looks at each step."""
    post.write(Prune(FIRST_DAY + days * DAY + frozen.STATED_AHEAD, START))
    with post.projecting() as running:
        running.fold()
        for _ in range(200):
            running.upkeep._next_at = 0.0
            if not running.upkeep.step():
                return
            between()
    raise AssertionError("the prune doesn't end")


def test_partitions_are_made_two_weeks_ahead_and_rows_that_came_before_them_move(post: Post) -> None:
    post.register("some-token")
    with writing(post.engine) as connection:
        connection.execute(text("DROP TABLE message_events_before"))
    post.write(open_of("some-token"))
    with post.projecting(event_days=30) as running:
        running.fold()
        assert held(post) == {"message_events_default": 1}
        running.keep_house()
        assert held(post) == {"message_events_default": 1}  # three days ago: of no use ahead
        with reading(post.engine) as connection:
            known = partitions(connection)
        assert all(one.end == two.start for one, two in pairwise(known))
        assert known[0].start <= to_micros(now()) and known[-1].end >= to_micros(now()) + AHEAD
        post.write(open_of("some-token", (to_micros(now()) - START) / MINUTE))
        running.fold()
    assert held(post) == {"message_events_default": 1, known[0].name: 1}
    with writing(post.engine) as connection:
        connection.execute(text(f"DROP TABLE {', '.join(partition.name for partition in known)}"))
        assert make_ahead(connection, START, 30) > 14
        assert make_ahead(connection, START, 30) == 0
    assert set(held(post)) == {f"message_events_{time.strftime('%Y%m%d', time.gmtime(START / 1e6))}"}


@pytest.mark.parametrize(("kept", "days"), [(0, 28), (30, 1), (60, 1), (61, 7), (730, 7)])
def test_a_partition_is_the_longer_the_longer_events_are_kept(kept: int, days: int) -> None:
    assert days_each(kept) == days


def test_what_was_in_the_default_partition_before_partitions_were_made_stays_where_it_is(post: Post) -> None:
    with reading(post.engine) as connection:
        [before] = partitions(connection)
    assert (before.name, before.start) == ("message_events_before", LEAST) and before.end <= to_micros(now())


@pytest.mark.parametrize("step", [1, 5, 2_000])
def test_retention_drops_whole_partitions_and_leaves_every_counter(by_day: Post, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    monkeypatch.setattr(frozen, "STEP", step)
    three_days(by_day)
    before, there = counters(by_day), names(by_day)
    assert len(held(by_day)) == 3
    wrong: list[str] = []
    until_dropped(by_day, 2, lambda: wrong.extend(by_day.recount().differences))
    assert wrong == [] and counters(by_day) == before
    assert set(there) - set(names(by_day)) == set(there[:2]) and list(held(by_day).values()) == [10]
    assert by_day.rows(select(func.count()).select_from(frozen_events)) == [(0,)]
    until_dropped(by_day, 40)
    assert held(by_day) == {} and by_day.recount(mend=True).differences == [] and counters(by_day) == before


def test_an_event_that_comes_late_into_a_partition_that_is_going_is_counted(by_day: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "STEP", 3)
    three_days(by_day)
    by_day.write(Prune(FIRST_DAY + DAY + frozen.STATED_AHEAD, START))
    with by_day.projecting() as running:
        running.fold()
        running.upkeep.step()
        by_day.write(open_of("mail-token-0", MIDNIGHT + 61, reader=9), click_of("mail-token-3", "https://example.com/a", MIDNIGHT + 90))
        running.fold()
        assert by_day.recount().differences == []
        running.keep_house()
    assert by_day.stats("opens", "clicks") == (25, 7)
    assert by_day.recount().differences == [] and len(held(by_day)) == 2


def test_a_recipient_is_forgotten_also_in_a_partition_that_is_going(by_day: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "STEP", 3)
    three_days(by_day)
    by_day.write(Prune(FIRST_DAY + DAY + frozen.STATED_AHEAD, START))
    message_id = by_day.message("mail-token-0").id
    with by_day.projecting() as running:
        running.fold()
        running.upkeep.step()
        by_day.write(Erasure(by_day.tenant_id, [message_id], START))
        running.fold()
        assert by_day.rows(select(message_events.c.id).where(message_events.c.message_id == message_id)) == []
        assert by_day.recount().differences == []
        running.keep_house()
    assert by_day.stats("opens", "clicks") == (24, 6) and by_day.recount().differences == []


def test_a_partition_that_somebody_reads_is_dropped_when_they_are_done_and_keeps_nobody_waiting(by_day: Post) -> None:
    three_days(by_day)
    there = names(by_day)
    by_day.write(Prune(FIRST_DAY + DAY + frozen.STATED_AHEAD, START))
    with by_day.projecting() as running:
        with reading(by_day.engine) as export:
            export.execute(select(message_events.c.id)).all()
            running.fold()
            running.keep_house()
            assert set(there) <= set(names(by_day))
        running.upkeep._pruning._freezing._next_at = 0.0
        running.keep_house()
    assert set(there) - set(names(by_day)) == {there[0]} and by_day.recount().differences == []


def test_retention_by_days_asks_for_whole_partitions_alone(by_day: Post) -> None:
    three_days(by_day)
    with by_day.projecting(event_days=2) as running:
        running.keep_rare_house()
    oldest = by_day.rows(select(func.min(message_events.c.received_at)))[0][0]
    assert to_micros(now()) - 3 * DAY - frozen.STATED_AHEAD <= to_micros(oldest)
    assert by_day.recount().differences == [] and by_day.stats("opens") == (24,)
