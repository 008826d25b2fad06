"""The projector's loop: read the journals, fold, keep house, wait to be woken."""

import contextlib
import logging
import sqlite3
import threading
import time
import zlib
from pathlib import Path

import msgspec
from sqlalchemy import Engine, select

from little_bell.db import last_wait
from little_bell.journal.base import Position
from little_bell.journal.reader import JournalReader, has_writer, journal_names
from little_bell.journal.records import FORMAT, Record, decode, decode_one, split
from little_bell.journal.segment import MOST_READ
from little_bell.journal.segment import Batch as Stored
from little_bell.journal.wake import Alarm
from little_bell.models.tables import journal_positions
from little_bell.projector.lease import LeaseLost
from little_bell.projector.projection import Batch, Dead, Projection, is_transient
from little_bell.projector.upkeep import Upkeep

log = logging.getLogger(__name__)

#: A transaction may hold the write lock so long while others want it, and so long where none did in the last seconds:
#: larger batches take fewer steps an event, and who comes first then waits this once.
SHARED_SECONDS, ALONE_SECONDS, ALONE_AFTER_SECONDS = 0.1, 0.3, 5.0
#: The pause between two transactions in which the others get their turn, and in which a next batch gathers.
GAP_SECONDS = 0.005
SMALLEST, LARGEST = 200, 15_000
#: Without a call the projector looks by itself so often (a writer that started before the pipe was there).
IDLE_SECONDS = 1.0


class Loop:
    """Folds until told to stop."""

    def __init__(self, engine: Engine, projection: Projection, journals: Path, upkeep: Upkeep) -> None:
        self._engine = engine
        self._projection = projection
        self._journals = journals
        self._upkeep = upkeep
        self._readers: dict[str, JournalReader] = {}
        self._over: set[str] = set()
        self._complaints: dict[str, str] = {}
        self._size = 2_000
        self._stop = threading.Event()
        self._alarm = Alarm(journals)

    def stop(self) -> None:
        """Fold what is there, then end."""
        self._stop.set()

    def run(self) -> None:
        """Until stop(). Raises LeaseLost."""
        while not self._stop.is_set():
            try:
                is_busy = self.step()
                is_busy = self._upkeep.step() or is_busy
            except LeaseLost:
                raise
            except Exception as error:
                if not is_transient(error):
                    log.exception("the projector failed; it tries again")
                else:
                    log.warning("the database can't be written just now: %s", error)
                self._stop.wait(0.5)
                continue
            if is_busy:
                self._stop.wait(GAP_SECONDS)
            else:
                self._alarm.wait(IDLE_SECONDS)
        self.drain()

    def drain(self) -> None:
        """Fold all that is there now."""
        with contextlib.suppress(Exception):  # a database that is away: all is in the journal and will be folded later
            while self.step():
                pass
        for reader in self._readers.values():
            reader.close()
        self._alarm.close()

    def step(self) -> bool:
        """One transaction; whether there was anything to fold."""
        try:
            self._open_readers()
            batch = self._gather()
            if not batch.positions:
                return False
            self._projection.fold(batch)
        except BaseException:
            self._forget_readers()  # they are behind what was read, but it isn't folded
            raise
        self._adapt(len(batch.records), self._projection.write_seconds)
        return True

    def _open_readers(self) -> None:
        names = journal_names(self._journals)
        self._over.intersection_update(names)
        new = [name for name in names if name not in self._readers and name not in self._over]
        if not new:
            return
        with self._engine.connect() as connection:
            table = journal_positions.c
            rows = connection.execute(select(table.journal, table.segment, table.offset).where(table.journal.in_(new)))
            known = {row.journal: (row.segment, row.offset) for row in rows}
        for name in new:
            self._readers[name] = JournalReader(self._journals, name, *known.get(name, (0, 0)))

    def _forget_readers(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        self._over.clear()

    def _gather(self) -> Batch:
        """Records of all journals in turn, about as many as fit into a transaction."""
        batch = Batch()
        for name, reader in list(self._readers.items()):
            if not (self._journals / name).is_dir():  # trimmed away
                reader.close()
                del self._readers[name]
            elif len(batch.records) < self._size:
                try:
                    self._gather_from(name, reader, batch)
                except sqlite3.Error as error:  # one damaged file doesn't keep the others waiting
                    self._give_up_for_now(name, error)
        return batch

    def _gather_from(self, name: str, reader: JournalReader, batch: Batch) -> None:
        is_over = not has_writer(self._journals, name)  # asked before reading: what is read then is all there will be
        self._readers[name] = self._readers.pop(name)  # to the end: next time the others come first
        while (room := self._size - len(batch.records)) > 0:
            stored = reader.read(room)
            if not stored:
                if is_over:  # every command leaves a journal: they can't all stay open
                    self._readers.pop(name).close()
                    self._over.add(name)
                return
            for row in stored:
                position = Position(name, row.segment, row.offset)
                _decode(row, position, batch)
                batch.positions[name] = position
            if sum(len(row.stored) for row in stored) >= MOST_READ:
                return

    def _give_up_for_now(self, name: str, error: sqlite3.Error) -> None:
        """Read it again from its position in a later step: it may only have been busy."""
        self._readers.pop(name).close()
        if self._complaints.get(name) != str(error):
            self._complaints[name] = str(error)
            log.error("the journal %s can't be read further just now: %s", name, error)

    def _adapt(self, records: int, seconds: float) -> None:
        """Take more at a time while transactions are short, fewer when they get long."""
        allowed = ALONE_SECONDS if time.time() - last_wait(self._engine) > ALONE_AFTER_SECONDS else SHARED_SECONDS
        if seconds > allowed:
            self._size = max(SMALLEST, int(self._size * allowed / seconds))
        elif records >= self._size:
            self._size = min(LARGEST, int(self._size * max(1.0, min(1.5, 0.8 * allowed / seconds))))


def _decode(row: Stored, position: Position, batch: Batch) -> None:
    try:
        body = row.body()
    except zlib.error as error:
        batch.dead.append(Dead(position, row.stored, f"the batch is damaged: {error}"))
        return
    if row.format > FORMAT:
        batch.dead.append(Dead(position, body, f"it has format {row.format}, of a newer version"))
        return
    try:
        batch.records.extend([(record, position) for record in decode(body)])
        return
    except msgspec.DecodeError:
        log.warning("a batch at %s holds something unreadable; looking for it", position)
    for raw in split(body):
        try:
            record: Record = decode_one(raw)
        except msgspec.DecodeError as error:
            batch.dead.append(Dead(position, raw, f"it can't be read: {error}"))
        else:
            batch.records.append((record, position))
