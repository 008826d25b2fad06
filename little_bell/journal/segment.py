"""One segment of a local journal: a SQLite file in WAL mode whose commits are synced before they return."""

import contextlib
import sqlite3
import zlib
from pathlib import Path
from typing import NamedTuple

from little_bell.journal.records import FORMAT

#: Below this a record's text hardly shrinks, and compressing costs more than it saves.
PACK_FROM = 200
#: Read at a time, as they are stored: whole mails are larger than other records.
MOST_READ = 8_000_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS batches (
    "offset" INTEGER PRIMARY KEY, format INTEGER NOT NULL, records INTEGER NOT NULL, is_packed INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS seal (is_sealed INTEGER NOT NULL);
"""
_BATCHES = 'SELECT "offset", format, records, is_packed, body FROM batches WHERE "offset" > ? ORDER BY "offset"'


class Batch(NamedTuple):
    """Records that were synced together, as they are stored."""

    segment: int
    offset: int
    format: int
    records: int
    is_packed: bool
    stored: bytes

    def body(self) -> bytes:
        """The encoded records. Raises zlib.error for a damaged batch."""
        return zlib.decompress(self.stored) if self.is_packed else self.stored


def segment_path(folder: Path, number: int) -> Path:
    """The file of a journal's segment."""
    return folder / f"{number:08d}.db"


def segment_numbers(folder: Path) -> list[int]:
    """The segments of a journal that are there, oldest first."""
    return sorted(int(path.stem) for path in folder.glob("*.db") if path.stem.isdigit())


class SegmentWriter:
    """Appends batches to a new segment."""

    def __init__(self, path: Path) -> None:
        self._wal = path.with_name(path.name + "-wal")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            # fullfsync: on macOS a plain fsync leaves the data in the drive's cache. No checkpoint while readers of mail
            # wait (it takes tens of milliseconds): a segment is small enough to be copied back when it is closed.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "fullfsync=ON", "wal_autocheckpoint=0"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error:
            self._db.close()
            raise

    @property
    def size(self) -> int:
        """What it takes on the disk: many small batches take a page each, whatever they hold."""
        return self._wal.stat().st_size

    def append(self, body: bytes, records: int) -> int:
        """Store a batch, synced; its offset. Raises sqlite3.Error."""
        is_packed = len(body) >= PACK_FROM
        stored = zlib.compress(body, 1) if is_packed else body
        # Outside of a transaction the statement is one of its own: when execute returns, the WAL is synced.
        cursor = self._db.execute(
            "INSERT INTO batches (format, records, is_packed, body) VALUES (?, ?, ?, ?)", (FORMAT, records, is_packed, stored)
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def seal(self) -> None:
        """Say that nothing will follow in this segment."""
        self._db.execute("INSERT INTO seal VALUES (1)")

    def close(self) -> None:
        """Copy the WAL back into the file and let go of it; some tens of milliseconds."""
        self._db.close()


class SegmentReader:
    """Reads batches of a segment while another process appends."""

    def __init__(self, path: Path, number: int) -> None:
        self.number = number
        # Read-write: after a crash the first reader has to recover the WAL.
        self._db = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=5, check_same_thread=False)

    def read(self, after: int, limit: int) -> list[Batch]:
        """The batches behind the offset `after`, oldest first, until they hold `limit` records, or MOST_READ bytes."""
        batches: list[Batch] = []
        size = 0
        with contextlib.closing(self._select(_BATCHES, after)) as rows:
            for row in rows:
                batches.append(Batch(self.number, *row))
                limit -= batches[-1].records
                size += len(batches[-1].stored)
                if limit <= 0 or size >= MOST_READ:
                    break
        return batches

    def is_sealed(self) -> bool:
        """Whether nothing will follow in this segment."""
        return self._select("SELECT 1 FROM seal").fetchone() is not None

    def records_behind(self, after: int) -> int:
        """How many records lie behind the offset `after`."""
        row = self._select('SELECT SUM(records) FROM batches WHERE "offset" > ?', after).fetchone()
        return int(row[0] or 0) if row else 0

    def last_offset(self) -> int:
        """The offset of the last batch; 0 where there is none."""
        row = self._select('SELECT MAX("offset") FROM batches').fetchone()
        return int(row[0] or 0) if row else 0

    def _select(self, statement: str, *values: int) -> sqlite3.Cursor:
        """The rows; none where the writer has made the file but not its tables yet, or died in between."""
        try:
            return self._db.execute(statement, values)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return self._db.execute("SELECT 1 WHERE 0")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
