"""One process folds a shared journal with several loops: what one is kept from or dies of changes nothing of what the others fold."""

import threading
from collections import Counter
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, delete, func, select, update

from little_bell.db import make_engine, writing
from little_bell.journal.partitions import partition_of_token
from little_bell.journal.stream import StreamFacts, subject_of
from little_bell.models import now
from little_bell.models.tables import dead_records, journal_partitions, message_events, messages, projectors
from little_bell.projector.loop import Loop
from little_bell.projector.projector import LOOPS, Projector
from little_bell.projector.rights import LeaseLost
from little_bell.projector.share import Share, new_process
from little_bell.projector.stream_watch import adopt
from little_bell.queries.projection import shared_journal
from tests.projector.conftest import open_of
from tests.projector.shared_post import PARTITIONS, SharedPost, eventually

TOKENS = [f"token-no-{number}" for number in range(24)]


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several loops share PostgreSQL alone."""
    return postgres_database


class Process:
    """A projector on a thread, with what it ended with."""

    def __init__(self, shared: SharedPost) -> None:
        self.engine = make_engine(shared.settings.database_url, pool_size=4)
        self.projector = Projector(self.engine, shared.settings)
        self.ended: list[BaseException | None] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        eventually(lambda: len(owners(shared)) == LOOPS and "" not in owners(shared))

    def _run(self) -> None:
        try:
            self.projector.run()
        except BaseException as error:
            self.ended.append(error)
        else:
            self.ended.append(None)

    def stop(self) -> list[BaseException | None]:
        self.projector.stop()
        return self.wait()

    def wait(self) -> list[BaseException | None]:
        self._thread.join(20)
        self.engine.dispose()
        return self.ended


def owners(shared: SharedPost) -> Counter[str]:
    return Counter(owner for (owner,) in shared.rows(select(journal_partitions.c.owner)))


def partition_of(token: str) -> int:
    return partition_of_token(token, PARTITIONS)


def folded(shared: SharedPost) -> set[int]:
    """The partitions of which there are events."""
    joined = select(messages.c.token).join_from(message_events, messages, messages.c.id == message_events.c.message_id)
    return {partition_of(token) for (token,) in shared.rows(joined)}


def of_one_loop(shared: SharedPost) -> set[int]:
    """The partitions of one of the loops."""
    rows = shared.rows(select(journal_partitions.c.partition, journal_partitions.c.owner))
    chosen = next(owner for partition, owner in rows if partition == 1)
    return {partition for partition, owner in rows if owner == chosen}


@pytest.mark.parametrize(
    ("partitions", "processes", "loops", "expected"),
    [
        (8, 1, 2, [[5, 4]]),
        (8, 2, 2, [[3, 2], [3, 1]]),
        (3, 4, 2, [[1, 0]] * 4),
        (2, 2, 2, [[1, 1], [1, 0]]),
        (8, 1, 3, [[3, 3, 3]]),
        (8, 2, 3, [[2, 2, 1], [2, 2, 0]]),
        (3, 2, 3, [[1, 1, 0], [1, 1, 0]]),
    ],
)
def test_processes_have_about_as_many_partitions_each_and_so_have_their_loops(
    engine: Engine, partitions: int, processes: int, loops: int, expected: list[list[int]]
) -> None:
    with writing(engine) as connection:
        adopt(connection, StreamFacts("bell", "today", partitions, 1, 0, -1, 0))
    names = [new_process() for _ in range(processes)]
    shares = [[Share(engine, partitions, name, place, loops) for place in range(loops)] for name in names]
    for _ in range(4):
        for share in (share for of_process in shares for share in of_process):
            share.balance()
    had = sorted(([len(share.epochs) for share in of_process] for of_process in shares), reverse=True)
    assert had == expected
    held = [partition for of_process in shares for share in of_process for partition in share.epochs]
    assert sorted(held) == list(range(partitions + 1))
    with engine.connect() as connection:
        told = shared_journal(connection, now())
    assert told is not None and (told.projectors, told.unowned) == (processes, 0)


def test_what_keeps_one_loop_waiting_doesnt_keep_the_others(shared: SharedPost) -> None:
    shared.register(*TOKENS)
    process = Process(shared)
    kept = of_one_loop(shared)
    free = set(range(1, PARTITIONS + 1)) - kept
    with writing(shared.engine) as connection:
        connection.execute(select(journal_partitions).where(journal_partitions.c.partition.in_(kept)).with_for_update())
        shared.write(*map(open_of, TOKENS))
        eventually(lambda: folded(shared) == free)
    shared.wait_until_folded()
    assert process.stop() == [None]
    assert shared.stats("opens", "opened") == (len(TOKENS), len(TOKENS))
    assert shared.recount().differences == []


def test_a_loop_that_was_taken_for_dead_in_mid_fold_ends_its_process_and_nothing_counts_twice(shared: SharedPost) -> None:
    shared.register(*TOKENS)
    process = Process(shared)
    kept = of_one_loop(shared)
    [doomed] = {
        owner for partition, owner in shared.rows(select(journal_partitions.c.partition, journal_partitions.c.owner)) if partition in kept
    }
    waiting = projectors.c.name == doomed, projectors.c.fold.is_not(None)
    with writing(shared.engine) as connection:
        connection.execute(select(journal_partitions).where(journal_partitions.c.partition.in_(kept)).with_for_update())
        shared.write(*map(open_of, TOKENS))
        eventually(lambda: bool(shared.rows(select(projectors.c.name).where(*waiting))))  # it has its ids, and waits for the partition
        with writing(shared.engine) as others:
            others.execute(delete(projectors).where(projectors.c.name == doomed))
    [ended] = process.wait()
    assert isinstance(ended, LeaseLost), "the process ends, and is started anew by whoever watches it"
    with writing(shared.engine) as connection:
        connection.execute(update(projectors).values(expires_at=now()))  # as ten seconds later
    again = Process(shared)
    shared.wait_until_folded()
    assert again.stop() == [None]
    assert shared.rows(select(func.count()).select_from(message_events)) == [(len(TOKENS),)]
    assert shared.stats("opens") == (len(TOKENS),) and shared.recount().differences == []


def test_a_loop_that_fails_folds_the_same_again_while_the_others_go_on(shared: SharedPost, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.register(*TOKENS)
    process = Process(shared)
    kept, failures, is_well = of_one_loop(shared), Counter[str](), threading.Event()
    take = Share._take_ids

    def fail_where_it_is_kept(share: Share, count: int) -> int:
        if share.epochs.keys() <= kept and not is_well.is_set():
            failures[share.name] += 1
            raise psycopg.OperationalError("the network is away")
        return take(share, count)

    monkeypatch.setattr(Share, "_take_ids", fail_where_it_is_kept)
    shared.write(*map(open_of, TOKENS))
    eventually(lambda: folded(shared) == set(range(1, PARTITIONS + 1)) - kept and bool(failures))
    is_well.set()
    shared.wait_until_folded()
    assert process.stop() == [None]
    assert shared.stats("opens") == (len(TOKENS),) and shared.rows(select(dead_records.c.reason)) == []


def test_what_nobody_can_read_goes_aside_in_one_loop_while_all_fold(shared: SharedPost) -> None:
    shared.register(*TOKENS)
    jetstream = shared.link.client.jetstream()
    for partition in range(1, PARTITIONS + 1):
        shared.link.call(jetstream.publish(subject_of(shared.stream, partition), b"not a packet"), 5)
    shared.write(*map(open_of, TOKENS))
    process = Process(shared)
    shared.wait_until_folded()
    assert process.stop() == [None]
    assert len(shared.rows(select(dead_records.c.reason))) == PARTITIONS
    assert shared.stats("opens") == (len(TOKENS),) and shared.recount().differences == []


def test_a_stop_ends_all_loops_and_hands_their_partitions_back(shared: SharedPost, monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[Any] = []
    drain = Loop.drain

    def note(loop: Loop) -> None:
        drained.append(loop)
        drain(loop)

    monkeypatch.setattr(Loop, "drain", note)
    process = Process(shared)
    assert process.stop() == [None]
    assert len(drained) == LOOPS and owners(shared) == {"": PARTITIONS + 1}
    assert shared.rows(select(projectors.c.name)) == []
