"""The projector's loop: take what is journaled, fold, keep house, wait to be woken."""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from sqlalchemy import Engine

from little_bell.db import last_wait
from little_bell.projector.calm import Calm
from little_bell.projector.projection import Projection, is_transient
from little_bell.projector.rights import LeaseLost, NotOurs
from little_bell.projector.source import Source
from little_bell.projector.upkeep import Upkeep

log = logging.getLogger(__name__)

#: A transaction may hold the write lock so long while others want it, and so long where none did in the last seconds:
#: larger batches take fewer steps an event, and who comes first then waits this once.
SHARED_SECONDS, ALONE_SECONDS, ALONE_AFTER_SECONDS = 0.1, 0.3, 5.0
#: The pause between two transactions in which the others get their turn, and in which a next batch gathers.
GAP_SECONDS = 0.005
#: Where a process has several loops, each begins a batch so long after the one before: however few events are in it, it has its cost.
EVERY_SECONDS = 0.07
SMALLEST, LARGEST = 200, 20_000
#: Transactions of messages judged again before a command ends.
SETTLED = 20
#: Without a call the projector looks by itself so often (a writer that started before the pipe was there).
IDLE_SECONDS = 1.0


class Loop:
    """Folds until told to stop."""

    def __init__(self, engine: Engine, projection: Projection, source: Source, upkeep: Upkeep, every_seconds: float = 0.0) -> None:
        """`every_seconds`: a batch begins so long after the one before at the earliest."""
        self._engine = engine
        self._every_seconds = every_seconds
        self._projection = projection
        self._source = source
        self._upkeep = upkeep
        self._calm = Calm(engine)
        self._size = 2_000
        self._stop = threading.Event()

    def stop(self) -> None:
        """Fold what is there, then end."""
        self._stop.set()

    def run(self) -> None:
        """Until stop(). Raises LeaseLost."""
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                is_folding = self.step()
                is_busy = self._upkeep.step(is_folding=is_folding) or is_folding
            except LeaseLost:
                raise
            except NotOurs as others:
                log.info("%s", others)
                continue
            except Exception as error:
                if not is_transient(error):
                    log.exception("the projector failed; it tries again")
                else:
                    log.warning("the database can't be written just now: %s", error)
                self._stop.wait(0.5)
                continue
            if is_busy:
                rest = begun + self._every_seconds - time.monotonic() if is_folding else 0.0
                self._stop.wait(max(GAP_SECONDS, rest))
            else:
                self._calm.use()
                self._source.wait(IDLE_SECONDS)
        self.drain()

    def drain(self) -> None:
        """Fold all that is there now; where others share the work, they go on with it."""
        with contextlib.suppress(Exception):  # a database that is away: all is in the journal and will be folded later
            while self.step() and self._source.is_alone:
                pass
        self._source.close()

    def settle(self) -> None:
        """Judge again who waits for it, as far as that is soon done: behind a command without a server comes nobody who would."""
        with contextlib.suppress(Exception):  # as above
            for _ in range(SETTLED):
                if not self._upkeep.rejudge():
                    return

    def step(self) -> bool:
        """One transaction; whether there was anything to fold."""
        try:
            batch = self._source.gather(self._size)
            if batch is None:
                return False
            self._projection.fold(batch)
        except BaseException:
            self._source.forget()  # it is behind what was read, but that isn't folded
            raise
        self._adapt(len(batch.records), self._projection.write_seconds)
        self._calm.after(len(batch.records))
        return True

    def _adapt(self, records: int, seconds: float) -> None:
        """Take more at a time while transactions are short, fewer when they get long."""
        allowed = ALONE_SECONDS if time.time() - last_wait(self._engine) > ALONE_AFTER_SECONDS else SHARED_SECONDS
        if seconds > allowed:
            self._size = max(SMALLEST, int(self._size * allowed / seconds))
        elif records >= self._size:
            self._size = min(LARGEST, int(self._size * max(1.0, min(1.5, 0.8 * allowed / seconds))))


def run_together(loops: Sequence[Loop]) -> None:
    """All of them, each on a thread, until they are stopped; where one fails the others end, too. Raises what it did."""
    with ThreadPoolExecutor(len(loops), "loop") as threads:
        running = [threads.submit(loop.run) for loop in loops]
        try:
            wait(running, return_when=FIRST_COMPLETED)
        finally:
            for loop in loops:
                loop.stop()
    for ended in running:
        ended.result()
