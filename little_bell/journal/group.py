"""Group commit: all requests that wait at one moment share one append, and so one fsync."""

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from concurrent.futures import Future

from little_bell.journal.base import Journal, JournalFull, Position
from little_bell.journal.records import Record

log = logging.getLogger(__name__)

#: Requests that may wait at once. Each costs some hundred bytes; more than this means that the disk doesn't keep up.
MAX_WAITING = 50_000
#: A disk that hangs keeps a reader no longer than that, and looks are taken so often. The API, whose clients try again, waits longer.
READER_SECONDS, LOOK_SECONDS, FACT_SECONDS = 2.0, 0.25, 20.0
#: A batch of so many readers' hits and more tells of a load.
COMPANY = 8
#: About so many records are written together at most (the facts of one caller stay together): the projector folds them so.
MAX_TOGETHER = 10_000

WaitingHit = tuple[Record, "asyncio.Future[str | None]"]


class GroupCommit:
    """The server's front of a journal: readers' hits come from the event loop, facts of the API from its threads.

    A hit's future gives None once it is synced, or the named reason why it was dropped: readers are answered
    whatever happens, a hit that isn't synced after `reader_seconds` as `disk_slow`, though it may yet be stored. The API
    gets its position, or JournalFull.
    """

    def __init__(
        self, journal: Journal, max_waiting: int = MAX_WAITING, reader_seconds: float = READER_SECONDS, pause_seconds: float = 0.0
    ) -> None:
        """`pause_seconds`: under a load the next batch waits so long for more to come, where a batch is dear however few are in it."""
        self._journal = journal
        self._pause_seconds = pause_seconds
        self._max_waiting = max_waiting
        self._added = self._answered = 0  # hits, in the order they came
        self._added_before: deque[int] = deque([0] * max(1, round(reader_seconds / LOOK_SECONDS)))
        self._hits: deque[WaitingHit] = deque()
        self._writing: list[WaitingHit] = []
        self._facts: deque[tuple[list[Record], Future[Position]]] = deque()
        self._is_awake = False
        self._is_closing = self._is_closed = False
        self._bell = threading.Semaphore(0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self.largest_batch = 0
        self.last: Position | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to write; `loop` is where the readers wait."""
        self._loop = loop
        self._thread.start()
        self._answer_late()

    def add(self, record: Record) -> "asyncio.Future[str | None]":
        """Hand in a hit, on the event loop; wait for the future before answering."""
        assert self._loop is not None
        future: asyncio.Future[str | None] = self._loop.create_future()
        if len(self._hits) >= self._max_waiting:
            future.set_result("queue_full")
            return future
        self._hits.append((record, future))
        self._added += 1
        if not self._is_awake:
            self._wake()
        if self._is_closed:
            self._refuse_the_rest()
        return future

    def append(self, records: list[Record]) -> Position:
        """Store facts together and wait for it, on a thread of the API. Raises JournalFull."""
        if len(self._facts) >= self._max_waiting:
            raise JournalFull("queue_full")
        future: Future[Position] = Future()
        self._facts.append((records, future))
        self._wake()
        if self._is_closed:
            self._refuse_the_rest()
        try:
            return future.result(FACT_SECONDS)
        except TimeoutError:
            raise JournalFull("disk_slow") from None

    def close(self) -> None:
        """Write what waits, then stop; what is handed in later is refused."""
        self._is_closing = True
        self._wake()
        self._thread.join()
        self._is_closed = True
        self._refuse_the_rest()

    def _wake(self) -> None:
        self._is_awake = True
        self._bell.release()

    def _run(self) -> None:
        while not (self._is_closing and not self._hits and not self._facts):
            self._bell.acquire()
            while self._hits or self._facts:
                if self._write() >= COMPANY and self._pause_seconds and not self._is_closing:
                    time.sleep(self._pause_seconds)
            self._is_awake = False
            if self._hits or self._facts:  # handed in between the look and the flag: nobody rang for it
                self._bell.release()

    def _write(self) -> int:
        hits = self._writing = [self._hits.popleft() for _ in range(min(len(self._hits), MAX_TOGETHER))]
        records = [record for record, _ in hits]
        facts: list[Future[Position]] = []
        while self._facts and (not facts or len(records) < MAX_TOGETHER):
            more, fact = self._facts.popleft()
            records.extend(more)
            facts.append(fact)
        self.largest_batch = max(self.largest_batch, len(records))
        self._answer(hits, facts, self._store(records))
        return len(hits)

    def _store(self, records: list[Record]) -> Position | JournalFull:
        try:
            self.last = self._journal.append(records)
            return self.last
        except JournalFull as full:
            return full
        except Exception:  # whatever it is, those who wait must hear of it, and the thread must go on
            log.exception("the journal could not be written")
            return JournalFull("journal_error")

    def _answer_late(self) -> None:
        """Answer those who have waited for `reader_seconds`."""
        if self._loop is None or self._is_closed:
            return
        late = self._added_before.popleft() - self._answered
        self._added_before.append(self._added)
        if late > 0:
            for _, future in [*self._writing, *self._hits][:late]:
                if not future.done():
                    future.set_result("disk_slow")
        self._loop.call_later(LOOK_SECONDS, self._answer_late)

    def _refuse_the_rest(self) -> None:
        """Answer those who came when the thread had ended; whoever comes later finds `_is_closed` and does it himself."""
        with contextlib.suppress(IndexError):
            while True:
                self._answer([], [self._facts.popleft()[1]], JournalFull("closed"))
        with contextlib.suppress(IndexError):
            while True:
                self._answer([self._hits.popleft()], [], JournalFull("closed"))

    def _answer(self, hits: list[WaitingHit], facts: list[Future[Position]], result: Position | JournalFull) -> None:
        for fact in facts:
            if isinstance(result, Position):
                fact.set_result(result)
            else:
                fact.set_exception(result)
        if hits:
            assert self._loop is not None
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                self._loop.call_soon_threadsafe(self._release, hits, str(result) if isinstance(result, JournalFull) else None)

    def _release(self, hits: list[WaitingHit], reason: str | None) -> None:
        self._answered += len(hits)
        for _, future in hits:
            if not future.done():  # a reader who went away, or was answered late
                future.set_result(reason)
