"""Records taken out of what was folded: the batches stay where they are, with fewer records in them."""

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from little_bell.journal.records import Record, decode_one, split
from little_bell.journal.segment import PACK_FROM, segment_path

#: Batches that are looked through together: some tens of milliseconds.
LOOK = 200


def scrub(folder: Path, number: int, after: int, up_to: int, is_about: Callable[[Record], bool]) -> tuple[int, int]:
    """Take records out of some batches of a segment behind the offset `after`, up to `up_to`.

    Returns the offset of the last batch that was looked at (`after` if there is none), and how many records went. The writer may be
    appending: it waits for some milliseconds. What is taken out is overwritten, also in the WAL.
    """
    path = segment_path(folder, number)
    modified = path.stat()
    statement = 'SELECT "offset", is_packed, body FROM batches WHERE "offset" > ? AND "offset" <= ? ORDER BY "offset" LIMIT ?'
    gone = 0
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=5)) as db:
        db.execute("PRAGMA secure_delete=ON")
        rows = db.execute(statement, (after, up_to, LOOK)).fetchall()
        for offset, is_packed, stored in rows:
            kept, lost = _without(zlib.decompress(stored) if is_packed else stored, is_about)
            if lost:
                gone += lost
                _replace(db, offset, kept)
        if gone:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if gone:
        os.utime(path, ns=(modified.st_atime_ns, modified.st_mtime_ns))  # its age says when it may go
    return (rows[-1][0] if rows else after), gone


def last_offset(folder: Path, number: int) -> int:
    """The offset of a segment's last batch; 0 where there is none."""
    with contextlib.closing(sqlite3.connect(f"file:{segment_path(folder, number)}?mode=rw", uri=True, timeout=5)) as db:
        try:
            return int(db.execute('SELECT COALESCE(MAX("offset"), 0) FROM batches').fetchone()[0])
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return 0  # its writer has just made it, or died then


def _without(body: bytes, is_about: Callable[[Record], bool]) -> tuple[list[bytes], int]:
    raws = split(body)
    kept = [raw for raw in raws if not _is_about(raw, is_about)]
    return kept, len(raws) - len(kept)


def _is_about(raw: bytes, is_about: Callable[[Record], bool]) -> bool:
    try:
        return is_about(decode_one(raw))
    except msgspec.DecodeError:  # it went to the dead records, which are looked through on their own
        return False


def _replace(db: sqlite3.Connection, offset: int, kept: list[bytes]) -> None:
    body = msgspec.msgpack.encode([msgspec.Raw(raw) for raw in kept])
    is_packed = len(body) >= PACK_FROM
    values = (len(kept), is_packed, zlib.compress(body, 1) if is_packed else body, offset)
    db.execute('UPDATE batches SET records = ?, is_packed = ?, body = ? WHERE "offset" = ?', values)
