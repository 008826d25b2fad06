"""Where lists, reports and pages are read: a replica of the database, as long as it is there and has what this process wrote."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from little_bell.db import make_engine, reading

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)

#: How long a reader waits for the replica to come up to what this process wrote; then the primary is asked.
PATIENCE_SECONDS, LOOK_SECONDS = 0.1, 0.005
#: A replica that is away is tried again after so long: until then nobody waits for it.
AGAIN_SECONDS = 5.0
CONNECT_SECONDS = 2

#: A server that isn't in recovery is no replica, and has everything.
_HAS = text("SELECT NOT pg_is_in_recovery() OR COALESCE(pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), false)")
#: Behind every commit that was answered, as long as the primary's synchronous_commit is on, as it is by default.
_WRITTEN = text("SELECT CAST(pg_current_wal_lsn() AS text)")


class Replica:
    """Reads one's own writes: whoever commits says so by wrote(), and what is read afterwards holds it. For any number of threads."""

    def __init__(self, primary: Engine, url: str) -> None:
        self._primary = primary
        self._engine = make_engine(url, connect_seconds=CONNECT_SECONDS)
        self._written = "0/0"
        self._is_asked = True  # whether `_written` is to be asked for anew
        self._asking = Lock()
        self._away_until = 0.0
        #: Why the primary was asked instead: away, behind.
        self.fallbacks: Counter[str] = Counter()

    @property
    def is_away(self) -> bool:
        """Whether nobody asks it just now."""
        return time.monotonic() < self._away_until

    def wrote(self) -> None:
        """Something was committed on the primary that the next reader has to find."""
        self._is_asked = True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one snapshot with everything in it that was written here: the replica's, else the primary's."""
        with ExitStack() as stack:
            connection = self._of_replica(stack)
            yield stack.enter_context(reading(self._primary)) if connection is None else connection

    def ask(self, query: Callable[[Connection], Answer]) -> Answer:
        """A query's answer; of the primary also where the replica goes away in the middle of it."""
        try:
            with self.reading() as connection:
                return query(connection)
        except OperationalError as error:
            self._failed(error)
            with reading(self._primary) as connection:
                return query(connection)

    def _failed(self, error: Exception) -> None:
        """Leave it alone for a while."""
        if not self.is_away:
            log.warning("the replica can't be read, the primary is asked instead: %s", error)
        self._away_until = time.monotonic() + AGAIN_SECONDS
        self.fallbacks["away"] += 1

    def close(self) -> None:
        """Let its connections go."""
        self._engine.dispose()

    def _of_replica(self, stack: ExitStack) -> Connection | None:
        if self.is_away:
            self.fallbacks["away"] += 1
            return None
        written = self._what_was_written()
        try:
            connection = stack.enter_context(reading(self._engine))
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not connection.execute(_HAS, {"written": written}).scalar_one():
                if time.monotonic() >= deadline:
                    self.fallbacks["behind"] += 1
                    return None
                time.sleep(LOOK_SECONDS)
            return connection
        except (DBAPIError, PoolTimeout) as error:
            self._failed(error)
            return None

    def _what_was_written(self) -> str:
        """The primary's place in its log, behind all that was committed here. Whoever asks meanwhile waits for it."""
        with self._asking:
            if self._is_asked:
                self._is_asked = False
                try:
                    with reading(self._primary) as connection:
                        self._written = str(connection.execute(_WRITTEN).scalar_one())
                except BaseException:
                    self._is_asked = True
                    raise
            return self._written
