"""Exactly once: wherever a projector dies, the next one makes it whole; nobody else can write meanwhile."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text, update

from little_bell import db
from little_bell.actions.campaigns import hide_campaign
from little_bell.db import make_engine, writing
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Record
from little_bell.journal.wake import Alarm
from little_bell.models import now
from little_bell.models.tables import dead_records, parked_records, projector_lease
from little_bell.projector import projection
from little_bell.projector.lag import records_behind
from little_bell.projector.lease import Lease
from little_bell.projector.rights import LeaseLost, LeaseTaken
from little_bell.projector.sqlite import SqliteStore
from tests.projector.conftest import Post, Running, click_of, open_of

STEPS = (
    "write_states",
    "write_sums",
    "write_clicks",
    "write_bounces",
    "park",
    "add_counts",
    "upsert",
    "_write_events",
    "write_judged",
    "_write_outcome",
)
TOKENS = ("token-one", "token-two", "token-three")


class Killed(BaseException):
    """What no handler of ours catches, as a kill isn't caught."""


def some_of_everything(post: Post) -> list[Record]:
    ids = post.register(*TOKENS)
    bounce: dict[str, str | None] = {"bounce_type": "permanent", "category": "unknown", "reason": "550 no such user"}
    return [
        open_of("token-one"),
        click_of("token-one", "https://example.com/a", 61),
        open_of("nobody-knows-it"),
        post.mark(ids[1], "sent"),
        post.mark(ids[1], "bounced", 31, bounce=bounce),
        open_of("token-three", 62),
    ]


def assert_everything_is_there_once(post: Post) -> None:
    assert sorted(kind for kind, _ in post.events()) == ["bounced", "clicked", "opened", "opened", "sent"]
    assert post.stats("opens", "clicks", "opened", "bounced", "sent", "unique_clicks") == (2, 1, 2, 1, 3, 1)
    assert len(post.rows(parked_records.select())) == 1
    assert post.rows(dead_records.select()) == []
    assert post.recount().differences == []
    assert records_behind(post.engine, post.journals) == 0


@contextmanager
def dying_at(step: str, error: BaseException) -> Iterator[None]:
    """The step works, and then the projector fails, once."""
    works, is_due = getattr(projection, step), [True]

    def fail_behind(*values: Any, **named: Any) -> Any:
        result = works(*values, **named)
        if is_due:
            is_due.clear()
            raise error
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, step, fail_behind)
        yield


def test_a_projector_killed_behind_any_write_leaves_nothing_and_the_next_one_folds_it_once(post: Post) -> None:
    post.write(*some_of_everything(post))
    for step in STEPS:
        with post.projecting() as running, dying_at(step, Killed()), pytest.raises(Killed):
            running.fold()
        assert post.events() == [], step
    post.project()
    assert_everything_is_there_once(post)


def test_a_projector_killed_at_its_commit_leaves_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(*some_of_everything(post))

    def die(_: Connection) -> None:
        raise Killed

    with post.projecting() as running:
        running.projection._known.learn_links([(post.tenant_id, post.campaign_id, "https://example.com/a")])
        running.projection._known.learn_agents(["Mail/1.0"])
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "commit", die)
            with pytest.raises(Killed):
                running.fold()
    assert post.events() == []
    post.project()
    assert_everything_is_there_once(post)


def test_a_projector_killed_right_behind_its_commit_is_not_repeated(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(*some_of_everything(post))
    fold = projection.Projection.fold

    def die_behind(*values: Any) -> None:
        fold(*values)
        raise Killed

    with post.projecting() as running, monkeypatch.context() as patch:
        patch.setattr(projection.Projection, "fold", die_behind)
        with pytest.raises(Killed):
            running.fold()
    post.project()
    assert_everything_is_there_once(post)


@pytest.mark.parametrize("step", ["write_states", "_write_outcome"])
def test_an_error_that_happens_once_costs_nothing(post: Post, step: str) -> None:
    post.write(*some_of_everything(post))
    with post.projecting() as running, dying_at(step, RuntimeError("a bug that shows only now and then")):
        running.fold()
    assert_everything_is_there_once(post)


def test_folding_goes_on_in_the_same_process_after_a_failure(post: Post) -> None:
    records = some_of_everything(post)
    for record in records:
        post.write(record)
    with post.projecting() as running:
        with dying_at("_write_outcome", Killed()), pytest.raises(Killed):
            running.fold()
        running.fold()
        running.fold()
    assert_everything_is_there_once(post)


def test_a_journal_that_cannot_be_read_neither_stops_the_others_nor_loses_what_was_read_of_them(post: Post) -> None:
    post.write(*some_of_everything(post))
    damaged = LocalJournal(post.journals, Limits(min_free_percent=0))
    damaged.append([open_of("token-two", 63)])
    damaged.close()
    name = next(post.journals.glob(f"{damaged.name}/*.db"))
    whole = name.read_bytes()
    # Read both before and after the good one, whatever their random names are.
    for twin in ("0" * 32, "f" * 32):
        (post.journals / twin).mkdir()
        (post.journals / twin / name.name).write_bytes(b"SQLite format 3\0" + b"not really " * 1_000)
    name.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with post.projecting() as running:
        running.fold()
        running.fold()
        assert sorted(kind for kind, _ in post.events()) == ["bounced", "clicked", "opened", "opened", "sent"]
        name.write_bytes(whole)  # mended, as from a backup
        running.fold()
    assert len(post.events()) == 6
    assert post.recount().differences == []


def test_only_one_projector_of_a_machine_holds_the_lease(post: Post) -> None:
    with post.projecting(), pytest.raises(LeaseTaken):
        Lease(post.journals).take(post.engine)
    with post.projecting():
        pass


def test_another_machine_takes_the_lease_only_when_it_has_run_out(post: Post, tmp_path: Path) -> None:
    elsewhere = Lease(tmp_path / "another machine")
    with post.projecting():
        with pytest.raises(LeaseTaken):
            elsewhere.take(post.engine)
        let_the_lease_run_out(post.engine)
        elsewhere.take(post.engine)
    elsewhere.release(post.engine)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_projector_with_nothing_to_do_keeps_its_lease(post: Post, tmp_path: Path) -> None:
    with post.projecting() as running:
        let_the_lease_run_out(post.engine)
        running.keep_rare_house()
        with pytest.raises(LeaseTaken):
            Lease(tmp_path / "another machine").take(post.engine)


def test_a_holder_that_was_replaced_can_write_nothing_more(post: Post, tmp_path: Path) -> None:
    post.write(*some_of_everything(post))
    with post.projecting() as stale:
        let_the_lease_run_out(post.engine)
        newer = Lease(tmp_path / "another machine")
        newer.take(post.engine)
        with pytest.raises(LeaseLost):
            stale.fold()
        doomed = post.new_campaign()
        with writing(post.engine) as connection:
            hide_campaign(connection, post.tenant_id, doomed, "tests")
        with pytest.raises(LeaseLost):
            stale.keep_house()
        assert post.events() == []
        now_there = Running(post.engine, post.journals, newer)
        now_there.fold()
        now_there.source.forget()
        now_there.source._alarm.close()
    # A stale holder that ends must not give away the lease of the one that replaced it.
    with pytest.raises(LeaseTaken):
        Lease(tmp_path / "a third machine").take(post.engine)
    newer.release(post.engine)
    assert_everything_is_there_once(post)


def let_the_lease_run_out(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(projector_lease).values(expires_at=now() - timedelta(seconds=1)))


def test_a_database_that_is_locked_for_a_while_is_waited_for_and_written_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(*some_of_everything(post))
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 50)
    with post.projecting() as running:
        engine = make_engine(post.engine.url.render_as_string(hide_password=False))
        for part in (running.projection, running.loop, running.source, running.upkeep):
            part._engine = engine
        running.projection._known.engine = engine
        thread = threading.Thread(target=running.loop.run)
        with locked(post.engine):
            thread.start()
            time.sleep(0.3)  # several attempts, each of which fails or waits
            assert thread.is_alive()
        deadline = time.monotonic() + 10
        while records_behind(post.engine, post.journals) and time.monotonic() < deadline:
            time.sleep(0.02)
        running.loop.stop()
        thread.join(10)
        running.source._alarm = Alarm(post.journals)  # its own was closed at the end of run()
        engine.dispose()
    assert_everything_is_there_once(post)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Nobody else can write."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("BEGIN EXCLUSIVE"))
        else:
            connection.execute(text("LOCK TABLE message_events, messages, projector_lease IN ACCESS EXCLUSIVE MODE"))
        yield
        connection.rollback()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_waited_for_and_not_taken_for_a_bad_record(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.write(*some_of_everything(post))
    with post.projecting() as running:
        with monkeypatch.context() as patch:

            def no_room(*_: object) -> None:
                raise sqlite3.OperationalError("database or disk is full")

            patch.setattr(SqliteStore, "insert_events", no_room)
            with pytest.raises(sqlite3.OperationalError):
                running.fold()
        running.fold()
    assert_everything_is_there_once(post)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("step", ["_write_events", "write_sums", "_write_outcome"])
def test_a_connection_that_is_cut_in_mid_batch_is_waited_for_and_written_once(
    post: Post, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.write(*some_of_everything(post))
    works, is_due = getattr(projection, step), [True]

    def cut_before(*values: Any) -> Any:
        if is_due:
            is_due.clear()
            with psycopg.connect(str(post.engine.url.render_as_string(hide_password=False)).replace("+psycopg", "")) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )
        return works(*values)

    monkeypatch.setattr(projection, step, cut_before)
    with post.projecting() as running:
        with pytest.raises(Exception, match=r"terminating|closed|lost") as cut:
            running.fold()
        assert projection.is_transient(cut.value)
        running.fold()
    assert_everything_is_there_once(post)
