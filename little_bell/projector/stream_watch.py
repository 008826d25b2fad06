"""Keeps an eye on the stream: whether it is still the one that was folded, and what of it may go."""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from little_bell.db import writing
from little_bell.journal.board import Board
from little_bell.journal.link import Link
from little_bell.journal.partitions import RESOLVING
from little_bell.journal.stream import (
    API_SECONDS,
    StreamFacts,
    StreamMismatch,
    StreamMissing,
    StreamPlan,
    find_stream,
    make_stream,
    subject_of,
)
from little_bell.journal.writers import KNOWN_FOR, TIMED
from little_bell.models import now
from little_bell.models.tables import journal_partitions, journal_sources, journal_stream, routed_records
from little_bell.projector.share import make_lease_row, one_at_a_time

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
TRIM_SECONDS = 60.0

_known, _rows = journal_stream.c, journal_partitions.c


class StreamShort(StreamMismatch):
    """The stream ends before what was folded of it."""


class StreamTrimmed(StreamMismatch):
    """The stream begins behind what was folded of it: the database is older than it was."""


class StreamWatch:
    """Raises StreamMismatch from look() as long as something is wrong, and notes it in the database for people to see."""

    def __init__(self, engine: Engine, link: Link, plan: StreamPlan, keep_seconds: float) -> None:
        self._engine, self._link, self._plan = engine, link, plan
        self._keep = timedelta(seconds=keep_seconds)
        self._looked_at = self._trimmed_at = 0.0
        self._facts: StreamFacts | None = None
        self._was_short = False
        self._seen: dict[int, int] = {}
        self._thread = ThreadPoolExecutor(1, "watch")
        self._asked: Future[StreamFacts] | None = None
        self._trimming: Future[None] = self._thread.submit(lambda: None)

    @property
    def name(self) -> str:
        """The stream's."""
        return self._plan.name

    def look(self) -> None:
        """Compare the stream with what the database knows of it, every few seconds. A server that doesn't answer says nothing.

        Only the first answer is waited for: servers that elect a leader take seconds, and folding goes on meanwhile.
        """
        if self._facts is None:
            self._hear(self.settle)
        elif self._asked is None:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._asked = self._thread.submit(self.settle)
        elif self._asked.done():
            asked, self._asked = self._asked, None
            self._hear(asked.result)

    def _hear(self, told: Callable[[], StreamFacts]) -> None:
        try:
            facts = told()
            if self._facts is None:
                self._look_back(facts)
        except StreamShort as wrong:
            if self._facts is not None and not self._was_short:  # a leader that was just chosen may not have counted all it has
                self._was_short, self._looked_at = True, time.monotonic()
                return
            self._facts = None
            self._note(str(wrong))
            raise
        except (StreamMismatch, StreamMissing) as wrong:
            self._facts = None
            self._note(str(wrong))
            raise
        except Exception as error:  # it can't be asked
            if self._facts is None:
                raise
            log.debug("the stream can't be asked: %s", error)
            self._looked_at = time.monotonic()
            return
        if self._facts is None:
            self._note("")
        self._facts, self._looked_at, self._was_short = facts, time.monotonic(), False

    def settle(self) -> StreamFacts:
        """The stream as it is, made where this database never had one. Raises StreamMissing, StreamMismatch."""
        with self._engine.connect() as connection:
            known = connection.execute(select(_known.name, _known.made, _known.partitions)).first()
            folded = connection.execute(select(func.max(_rows.sequence))).scalar() or 0
        if known is None:
            facts = self._link.call(make_stream(self._link.client, self._plan), 2 * API_SECONDS)
            with writing(self._engine) as connection:
                one_at_a_time(connection)
                if connection.execute(select(_known.name)).first() is None:
                    adopt(connection, facts)
            return self.settle()
        if (known.name, known.partitions) != (self._plan.name, self._plan.partitions):
            is_, ought = f"{known.name} of {known.partitions} partitions", f"{self._plan.name} of {self._plan.partitions}"
            raise StreamMismatch(f"this database folds the stream {is_}, not {ought}")
        try:
            facts = self._link.call(find_stream(self._link.client, self._plan.name), API_SECONDS)
        except StreamMissing:
            raise StreamMissing(f"the stream {self._plan.name} is gone: little-bell db adopt-stream begins with a new one") from None
        if facts.made != known.made or facts.partitions != known.partitions:
            what = f"the stream {facts.name} was deleted and made anew at {facts.made}"
            raise StreamMismatch(f"{what}: little-bell db adopt-stream folds it from its beginning")
        if facts.last < folded:
            what = f"the stream {facts.name} ends at {facts.last}, and was counted up to {folded}: it lost what came last"
            raise StreamShort(f"{what}; little-bell db adopt-stream goes on with it")
        return facts

    def trim(self, partitions: Collection[int]) -> None:
        """Let go of what was folded long enough ago; when the stream is half full, of what was folded a look before.

        That moment is for a database whose replica takes over and lacks the last transactions. Folding goes on meanwhile.
        """
        is_large = self._facts is not None and 0 < self._facts.max_bytes < 2 * self._facts.bytes
        pause = LOOK_SECONDS if is_large else TRIM_SECONDS  # who is pushed back waits for it
        if time.monotonic() - self._trimmed_at < pause or self._facts is None or not self._trimming.done():
            return
        self._trimmed_at = time.monotonic()
        self._trimming = self._thread.submit(self._trim, list(partitions), self._facts.made, is_large)

    def _trim(self, partitions: Collection[int], made: str, is_large: bool) -> None:
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(select(journal_partitions).where(_rows.partition.in_(partitions))).all()
            for row in rows:
                self._trim_partition(row, made, is_large)
        except Exception as error:  # it can't be asked; in a minute, perhaps
            log.warning("the stream wasn't trimmed: %s", error)

    def _trim_partition(self, row: Any, made: str, is_large: bool) -> None:
        up_to = max(row.noted, self._seen.get(row.partition, 0)) if is_large else row.noted
        self._seen[row.partition] = row.sequence
        is_due = row.noted_at is None or row.noted_at < now() - self._keep
        if (is_large or is_due) and up_to:
            self._trimmed(row.partition).put(f"{made} {up_to}".encode())
            self._purge(row.partition, up_to)
        if is_due:
            with writing(self._engine) as connection:
                noted = update(journal_partitions).where(_rows.partition == row.partition, _rows.epoch == row.epoch)
                connection.execute(noted.values(noted=row.sequence, noted_at=now()))
                if row.noted_at is not None:
                    forget_writers(connection, row.partition, row.noted_at)

    def close(self) -> None:
        """Ask no more."""
        self._thread.shutdown(cancel_futures=True)

    def _look_back(self, facts: StreamFacts) -> None:
        """Raises StreamTrimmed where the stream has let go of what this database hasn't folded: it was put back from a backup, say."""
        with self._engine.connect() as connection:
            folded = {row.partition: row.sequence for row in connection.execute(select(_rows.partition, _rows.sequence))}
        for partition, sequence in folded.items():
            made, _, up_to = (self._trimmed(partition).get() or b"").decode().rpartition(" ")
            if made == facts.made and 0 < sequence < int(up_to):
                what = (
                    f"the stream {facts.name} has let go of partition {partition} up to {up_to}, and this database counted up to {sequence}"
                )
                raise StreamTrimmed(f"{what}: an older database. little-bell db adopt-stream goes on without what lies between")

    def _trimmed(self, partition: int) -> Board:
        """Where it is noted up to where a partition of the stream has gone."""
        return Board(self._link, self.name, self._plan.replicas, f"trimmed.{partition}")

    def _purge(self, partition: int, up_to: int) -> None:
        subject = subject_of(self.name, partition)
        purging = self._link.client.jetstream(timeout=API_SECONDS).purge_stream(self.name, seq=up_to + 1, subject=subject)
        self._link.call(purging, 2 * API_SECONDS)

    def _note(self, alarm: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(journal_stream).values(alarm=alarm[:300]))


def forget_writers(connection: Connection, partition: int, gone_before: datetime) -> None:
    """Forget those of whom nothing was folded for long: what comes of one is set aside then. `gone_before`: what was folded until
    then isn't in the stream any more, and can't be read again from there, whatever somebody adopts.
    """
    idle = journal_sources.c.folded_at < min(gone_before, now() - KNOWN_FOR)
    connection.execute(delete(journal_sources).where(journal_sources.c.partition == partition, idle, journal_sources.c.source.like(TIMED)))


def adopt(connection: Connection, facts: StreamFacts) -> None:
    """Fold this stream from its beginning from now on. What was folded of another stays; writers' numbers stay known."""
    make_lease_row(connection)
    if connection.execute(select(_known.partitions)).scalar() != facts.partitions:  # messages have other owners: they are found anew
        connection.execute(update(routed_records).values(partition=RESOLVING))
        connection.execute(delete(journal_partitions).where(_rows.partition > facts.partitions))
    values = {"name": facts.name, "made": facts.made, "partitions": facts.partitions, "alarm": ""}
    if connection.execute(update(journal_stream).values(**values)).rowcount == 0:
        connection.execute(insert(journal_stream).values(id=1, **values))
    connection.execute(update(journal_partitions).values(sequence=0, noted=0, noted_at=None, epoch=_rows.epoch + 1, owner=""))
    there = set(connection.execute(select(_rows.partition)).scalars())
    nothing = {"epoch": 0, "owner": "", "sequence": 0, "noted": 0}
    new = [{"partition": number, **nothing} for number in range(facts.partitions + 1) if number not in there]
    if new:
        connection.execute(insert(journal_partitions), new)
