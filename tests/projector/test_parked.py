"""Hits of messages that aren't registered yet wait for them: 72 hours, and so many."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.journal.records import decode_one
from little_bell.models import now
from little_bell.models.tables import parked_records
from little_bell.projector import projection, upkeep, write
from little_bell.projector.write import expire_parked
from tests.projector.conftest import Post, Running, click_of, open_of

URL = "https://example.com/a"


@pytest.fixture
def running(post: Post) -> Iterator[Running]:
    with post.projecting() as running:
        yield running


def parked(post: Post) -> list[str]:
    return [decode_one(row[0]).token for row in post.rows(select(parked_records.c.record).order_by(parked_records.c.id))]  # type: ignore[union-attr]


def test_an_early_hit_is_folded_as_soon_as_its_message_is_there(post: Post, running: Running) -> None:
    post.write(open_of("early-token"), click_of("early-token", URL, 61), open_of("never-comes"))
    running.fold()
    assert post.events() == [] and parked(post) == ["early-token", "early-token", "never-comes"]
    post.register("early-token")
    running.keep_house()
    assert [kind for kind, _ in post.events()] == ["opened", "clicked"]
    assert parked(post) == ["never-comes"] and running.projection.parked == 1
    assert post.stats("opens", "clicks", "unique_clicks") == (1, 1, 1)
    assert post.recount().differences == []


def test_messages_registered_before_the_projector_started_are_found_too(post: Post) -> None:
    post.write(*(open_of(f"early-{number:02d}") for number in range(20)))
    post.project()
    post.register(*(f"early-{number:02d}" for number in range(0, 20, 2)))
    with post.projecting() as running:
        running.keep_house()
    assert len(post.events()) == 10 and len(parked(post)) == 10


def test_a_round_takes_no_more_than_it_may_and_the_next_one_goes_on(post: Post, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "UNPARK_LOOK", 3)
    post.write(*(open_of(f"early-{number:02d}") for number in range(20)))
    running.fold()
    post.register(*(f"early-{number:02d}" for number in range(20)))
    running.keep_house()
    assert len(post.events()) == 20 and parked(post) == []


def test_a_projector_killed_while_unparking_folds_each_hit_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(open_of("early-token"))
    post.project()
    post.register("early-token")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with post.projecting() as running, monkeypatch.context() as patch:
        patch.setattr(projection, "_write_outcome", fail)
        with pytest.raises(KeyboardInterrupt):
            running.keep_house()
    assert post.events() == []
    with post.projecting() as running:
        running.keep_house()
    assert len(post.events()) == 1 and parked(post) == []


def test_after_72_hours_a_hit_is_given_up_and_counted(post: Post, running: Running) -> None:
    post.write(open_of("old-token"), open_of("new-token"))
    running.fold()
    ages = {"old-token": timedelta(hours=72, minutes=1), "new-token": timedelta(hours=71)}
    with writing(post.engine) as connection:
        for token, age in ages.items():
            connection.execute(update(parked_records).where(parked_records.c.token == token).values(received_at=now() - age))
        assert expire_parked(connection) == 1
    assert parked(post) == ["new-token"]
    assert post.counts() == {"parked_expired": 1}


def test_a_flood_that_is_too_old_goes_in_small_steps(post: Post, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "EXPIRE_STEP", 3)
    post.write(*(open_of(f"old-token-{number}") for number in range(10)))
    running.fold()
    with writing(post.engine) as connection:
        connection.execute(update(parked_records).values(received_at=now() - timedelta(days=4)))
        assert expire_parked(connection) == 3
    running.keep_rare_house()
    assert parked(post) == [] and post.counts() == {"parked_expired": 10} and running.projection.parked == 0


def test_beyond_the_limit_the_oldest_are_dropped_and_counted(post: Post, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "MAX_PARKED", 5)
    for number in range(4):
        post.write(open_of(f"token-{number}-a"), open_of(f"token-{number}-b"))
        running.fold()
    assert parked(post) == ["token-1-b", "token-2-a", "token-2-b", "token-3-a", "token-3-b"]
    assert post.counts() == {"parked_dropped": 3} and running.projection.parked == 5


def test_a_flood_beyond_the_limit_keeps_the_newest_of_itself(post: Post, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "MAX_PARKED", 2)
    post.write(*(open_of(f"token-{number}") for number in range(6)))
    running.fold()
    assert parked(post) == ["token-4", "token-5"] and post.counts() == {"parked_dropped": 4}
