"""SQLite's log goes back into its file while the next batch is read: a commit that did it would keep writers waiting."""

from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import Engine

#: After so many events; a random message and its index entries make some 1.4 pages of 4 kB, and SQLite itself would begin at 32,000.
EVENTS = 10_000


class Checkpoint:
    """One at a time, and never while this projector writes: then each ends at the log's end, and the log begins anew."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._events = 0
        self._running: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "checkpoint") if engine.dialect.name == "sqlite" else None

    def after(self, events: int) -> None:
        """So many were committed: begin if that makes enough."""
        self._events += events
        if self._thread is not None and self._events >= EVENTS:
            self._events = 0
            self._running = self._thread.submit(self._run)

    def wait(self) -> None:
        """Until it is done, if one runs. Its failure is no one's: the log is only longer then."""
        if self._running is not None:
            self._running.exception()
            self._running = None

    def _run(self) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
