"""Where the projector takes batches from: the journals of this machine, all together."""

import logging
import sqlite3
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, select

from little_bell.journal.base import Position
from little_bell.journal.reader import JournalReader, has_writer, journal_names
from little_bell.journal.segment import MOST_READ
from little_bell.journal.wake import Alarm
from little_bell.models.tables import journal_positions
from little_bell.projector.batch import Batch
from little_bell.projector.decode import decode_into

log = logging.getLogger(__name__)


class Source(Protocol):
    """What is journaled and not folded yet, in the order in which it may be folded."""

    @property
    def is_alone(self) -> bool:
        """Whether nobody else folds what is left when this projector ends."""
        ...

    def gather(self, size: int) -> Batch | None:
        """The next records, about so many, with the positions behind them; None where there is nothing just now."""
        ...

    def forget(self) -> None:
        """What was gathered wasn't folded: begin again behind what is."""
        ...

    def wait(self, seconds: float) -> None:
        """Until something may have come, at most so long."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class LocalSource:
    """See Source."""

    is_alone = True

    def __init__(self, engine: Engine, journals: Path) -> None:
        self._engine = engine
        self._journals = journals
        self._readers: dict[str, JournalReader] = {}
        self._over: set[str] = set()
        self._complaints: dict[str, str] = {}
        self._size = 0
        self._alarm = Alarm(journals)

    def wait(self, seconds: float) -> None:
        self._alarm.wait(seconds)

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._alarm.close()

    def gather(self, size: int) -> Batch | None:
        self._size = size
        self._open_readers()
        batch = self._gather()
        return batch if batch.positions else None

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

    def forget(self) -> None:
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
                decode_into(batch, row, position)
                batch.positions[name] = position
            if sum(len(row.stored) for row in stored) >= MOST_READ:
                return

    def _give_up_for_now(self, name: str, error: sqlite3.Error) -> None:
        """Read it again from its position in a later step: it may only have been busy."""
        self._readers.pop(name).close()
        if self._complaints.get(name) != str(error):
            self._complaints[name] = str(error)
            log.error("the journal %s can't be read further just now: %s", name, error)
