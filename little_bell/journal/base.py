"""What a journal is to everybody else: append and know where; read on from there; let go of what is folded."""

import re
from typing import NamedTuple, Protocol

from little_bell.journal.records import Record

_POSITION = re.compile(r"([0-9a-f]{32})\.(\d{1,18})\.(\d{1,18})")


class Position(NamedTuple):
    """Where a batch of records stands; per journal, positions only grow."""

    journal: str  # 32 hex digits
    segment: int
    offset: int

    def __str__(self) -> str:
        return f"{self.journal}.{self.segment}.{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """The position that str() gave; None for anything else."""
        found = _POSITION.fullmatch(text)
        return cls(found[1], int(found[2]), int(found[3])) if found else None


class JournalFull(Exception):
    """Nothing can be recorded just now; the text is the named reason that is counted."""


class Journal(Protocol):
    """Where facts are written before anybody is answered."""

    def append(self, records: list[Record]) -> Position:
        """Store the records, synced to disk, together; from any thread but the event loop's. Raises JournalFull."""
        ...


class OpenJournal(Journal, Protocol):
    """A journal that is this process's own, from its making to close()."""

    def why_full(self) -> str | None:
        """The named reason why nothing can be recorded, or None."""
        ...

    def close(self) -> None:
        """Let go of it; nothing more may be appended."""
        ...
