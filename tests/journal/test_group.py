"""Group commit: many wait for one append, and each of them hears what became of it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from little_bell.journal import group as group_module
from little_bell.journal.base import JournalFull, Position
from little_bell.journal.group import COMPANY, MAX_TOGETHER, GroupCommit
from little_bell.journal.records import Record
from tests.journal.conftest import hits


class Held:
    """A journal whose appends wait until they are let through, and can be made to fail."""

    def __init__(self) -> None:
        self.batches: list[list[Record]] = []
        self.begun = threading.Semaphore(0)
        self.gate = threading.Semaphore(0)
        self.error: Exception | None = None

    def append(self, records: list[Record]) -> Position:
        self.begun.release()
        self.gate.acquire()
        if self.error:
            raise self.error
        self.batches.append(list(records))
        return Position("0" * 32, 1, len(self.batches))

    def let_all_through(self) -> None:
        for _ in range(10_000):
            self.gate.release()


async def started(journal: Held, **limits: float) -> GroupCommit:
    group = GroupCommit(journal, **limits)  # type: ignore[arg-type]
    group.start(asyncio.get_running_loop())
    return group


async def begun(journal: Held) -> None:
    await asyncio.wait_for(asyncio.to_thread(journal.begun.acquire), 5)


async def closed(group: GroupCommit, journal: Held) -> None:
    journal.let_all_through()
    await asyncio.wait_for(asyncio.to_thread(group.close), 5)


def test_nobody_is_answered_before_the_append_has_returned_and_those_who_wait_share_the_next() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        first = group.add(hits("first-token")[0])
        await begun(journal)
        rest = [group.add(record) for record in hits(*(f"token-{number}" for number in range(300)))]
        assert not first.done()
        journal.gate.release()
        assert await first is None
        await begun(journal)
        assert not any(future.done() for future in rest)
        journal.gate.release()
        assert await asyncio.gather(*rest) == [None] * 300
        assert [len(batch) for batch in journal.batches] == [1, 300]
        assert group.largest_batch == 300
        await closed(group, journal)

    asyncio.run(play())


def test_under_a_load_the_next_batch_waits_for_more_and_after_a_lone_reader_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    paused, go_on, pauses = threading.Semaphore(0), threading.Semaphore(0), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        paused.release()
        go_on.acquire()

    async def play() -> None:
        monkeypatch.setattr(group_module, "time", SimpleNamespace(sleep=pause))
        journal = Held()
        group = await started(journal, pause_seconds=0.25)
        waiting = [group.add(hits("alone")[0])]
        await begun(journal)
        waiting += [group.add(record) for record in hits(*(f"token-{number}" for number in range(COMPANY)))]
        journal.gate.release()
        await begun(journal)
        assert pauses == []
        journal.gate.release()
        await asyncio.wait_for(asyncio.to_thread(paused.acquire), 5)
        for record in hits("another", "one-more"):
            waiting.append(group.add(record))
            await asyncio.sleep(0)
        go_on.release()
        await begun(journal)
        journal.gate.release()
        assert await asyncio.gather(*waiting) == [None] * (COMPANY + 3)
        assert [len(batch) for batch in journal.batches] == [1, COMPANY, 2]
        assert pauses == [0.25]
        await closed(group, journal)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("error", "reason"),
    [(JournalFull("disk_low"), "disk_low"), (OSError("the disk is gone"), "journal_error"), (ValueError("a bug"), "journal_error")],
)
def test_a_failing_append_releases_everybody_with_its_reason_and_the_next_goes_on(error: Exception, reason: str) -> None:
    async def play() -> None:
        journal = Held()
        journal.error = error
        group = await started(journal)
        futures = [group.add(record) for record in hits("first-token", "second-token")]
        fact = asyncio.create_task(asyncio.to_thread(group.append, hits("third-token")))
        await begun(journal)
        journal.gate.release()
        journal.gate.release()
        assert await asyncio.wait_for(asyncio.gather(*futures), 5) == [reason, reason]
        with pytest.raises(JournalFull, match=reason):
            await asyncio.wait_for(fact, 5)
        journal.error = None
        journal.let_all_through()
        assert await group.add(hits("fourth-token")[0]) is None
        await closed(group, journal)

    asyncio.run(play())


def test_facts_stay_together_and_get_the_position_of_their_batch() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        first = asyncio.create_task(asyncio.to_thread(group.append, hits("first-token")))
        await begun(journal)
        others = [asyncio.create_task(asyncio.to_thread(group.append, hits(f"{name}-one", f"{name}-two"))) for name in ("aa", "bb")]
        async with asyncio.timeout(5):
            while len(group._facts) < 2:
                await asyncio.sleep(0)
        journal.let_all_through()
        assert (await first).offset == 1
        assert {(await other).offset for other in others} == {2}
        assert {tuple(record.token for record in journal.batches[1])} <= {
            ("aa-one", "aa-two", "bb-one", "bb-two"),
            ("bb-one", "bb-two", "aa-one", "aa-two"),
        }
        await closed(group, journal)

    asyncio.run(play())


def test_closing_writes_what_waits() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        futures = [group.add(record) for record in hits("first-token", "second-token")]
        await begun(journal)
        futures += [group.add(record) for record in hits("third-token")]
        await closed(group, journal)
        assert await asyncio.gather(*futures) == [None] * 3
        assert sum(len(batch) for batch in journal.batches) == 3

    asyncio.run(play())


def test_who_comes_after_closing_is_refused_and_never_left_waiting() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        await closed(group, journal)
        assert await asyncio.wait_for(group.add(hits("too-late-token")[0]), 5) == "closed"
        with pytest.raises(JournalFull, match="closed"):
            await asyncio.wait_for(asyncio.to_thread(group.append, hits("too-late-token")), 5)

    asyncio.run(play())


def test_whoever_hands_in_while_it_closes_is_answered_one_way_or_the_other() -> None:
    async def play() -> None:
        for _ in range(30):
            journal = Held()
            journal.let_all_through()
            group = await started(journal)
            with ThreadPoolExecutor(4) as pool:
                handed_in = [pool.submit(group.append, hits("some-token")) for _ in range(8)]
                await asyncio.to_thread(group.close)
                stored = 0
                for future in handed_in:
                    error = await asyncio.to_thread(future.exception, 5)
                    assert error is None or str(error) == "closed"
                    stored += error is None
            assert sum(len(batch) for batch in journal.batches) == stored

    asyncio.run(play())


def test_more_than_may_wait_are_refused_at_once() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal, max_waiting=2)
        first = group.add(hits("first-token")[0])
        await begun(journal)
        waiting = [group.add(record) for record in hits("second-token", "third-token")]
        refused = group.add(hits("fourth-token")[0])
        assert refused.done() and refused.result() == "queue_full"
        journal.let_all_through()
        assert await asyncio.gather(first, *waiting) == [None] * 3
        await closed(group, journal)

    asyncio.run(play())


def test_a_disk_that_hangs_keeps_no_reader_waiting_and_what_it_stores_later_is_stored() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal, reader_seconds=0.25)
        first = group.add(hits("first-token")[0])
        await begun(journal)
        second = group.add(hits("second-token")[0])
        assert await asyncio.wait_for(asyncio.gather(first, second), 10) == ["disk_slow", "disk_slow"]
        journal.let_all_through()
        assert await asyncio.wait_for(group.add(hits("third-token")[0]), 10) is None
        assert [record for batch in journal.batches for record in batch] == hits("first-token", "second-token", "third-token")
        await closed(group, journal)

    asyncio.run(play())


def test_a_flood_is_written_in_batches_that_a_projector_can_fold_at_once() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        first = group.add(hits("first-token")[0])
        await begun(journal)
        flood = [group.add(hits("flood-token")[0]) for _ in range(2 * MAX_TOGETHER + 5)]
        journal.let_all_through()
        await asyncio.wait_for(asyncio.gather(first, *flood), 20)
        assert [len(batch) for batch in journal.batches] == [1, MAX_TOGETHER, MAX_TOGETHER, 5]
        await closed(group, journal)

    asyncio.run(play())


def test_a_reader_who_went_away_takes_nothing_from_the_others() -> None:
    async def play() -> None:
        journal = Held()
        group = await started(journal)
        gone, there = (group.add(record) for record in hits("first-token", "second-token"))
        await begun(journal)
        gone.cancel()
        journal.let_all_through()
        assert await asyncio.wait_for(there, 5) is None
        assert sum(len(batch) for batch in journal.batches) == 2
        await closed(group, journal)

    asyncio.run(play())
