"""The projector's view of all local journals: read on from a position, know what lies behind, let go of what is folded."""

import contextlib
import os
import shutil
import time
from pathlib import Path

from little_bell.journal.local import folder_bytes
from little_bell.journal.locks import is_locked
from little_bell.journal.segment import Batch, SegmentReader, segment_numbers, segment_path


class JournalReader:
    """Reads one journal from a position on; knows when it has come to its end for good."""

    def __init__(self, root: Path, name: str, segment: int = 0, offset: int = 0) -> None:
        self.name = name
        self._folder = root / name
        self._segment, self._offset = segment, offset
        self._reader: SegmentReader | None = None

    def read(self, limit: int) -> list[Batch]:
        """Further batches of one segment, until they hold `limit` records; empty where there is nothing (yet). Moves on."""
        while True:
            reader = self._current()
            if reader is None:
                return []
            is_sealed = reader.is_sealed()  # asked before reading: what is read after a seal is all there is
            batches = reader.read(self._offset, limit)
            if batches:
                self._offset = batches[-1].offset
                return batches
            if not is_sealed or not self._has_next():
                return []
            self._move_on()

    def records_behind(self) -> int:
        """How many records are there that weren't read."""
        total = 0
        for number in segment_numbers(self._folder):
            if number >= max(self._segment, 1):
                reader = SegmentReader(segment_path(self._folder, number), number)
                with contextlib.closing(reader):
                    total += reader.records_behind(self._offset if number == self._segment else 0)
        return total

    def close(self) -> None:
        """Let go of the open segment."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _current(self) -> SegmentReader | None:
        if self._reader is None:
            numbers = [n for n in segment_numbers(self._folder) if n >= self._segment]
            if not numbers:
                return None
            if numbers[0] != self._segment:
                self._segment, self._offset = numbers[0], 0
            self._reader = SegmentReader(segment_path(self._folder, self._segment), self._segment)
        return self._reader

    def _has_next(self) -> bool:
        return segment_path(self._folder, self._segment + 1).exists()

    def _move_on(self) -> None:
        self.close()
        self._segment, self._offset = self._segment + 1, 0


def journal_names(root: Path) -> list[str]:
    """The journals under `root`; those still being made begin with a dot and are left out."""
    if not root.is_dir():
        return []
    return sorted(entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith("."))


def has_writer(root: Path, name: str) -> bool:
    """Whether the process that writes a journal is alive: it holds the folder's lock."""
    return is_locked(root / name / "writer.lock")


def is_older(root: Path, name: str, seconds: float) -> bool:
    """Whether a journal's oldest segment wasn't written for so long, or there is none."""
    oldest = segment_path(root / name, min(segment_numbers(root / name), default=0))
    try:
        return time.time() - oldest.stat().st_mtime > seconds
    except FileNotFoundError:
        return True


def may_grow(root: Path, name: str) -> bool:
    """Whether something may yet be appended to the segments that are there."""
    numbers = segment_numbers(root / name)
    if not numbers or not has_writer(root, name):
        return False
    with contextlib.closing(SegmentReader(segment_path(root / name, numbers[-1]), numbers[-1])) as last:
        return not last.is_sealed()


def trim(root: Path, folded: dict[str, int], keep_seconds: float, max_bytes: int) -> list[str]:
    """Remove folded segments that are older than `keep_seconds`, or as many as it takes to come below `max_bytes`.

    `folded` gives, by journal, the number below which every segment is folded. Returns the journals that are gone
    as a whole: no writer, nothing unfolded, nothing kept.
    """
    too_much = folder_bytes(root) - max_bytes
    candidates = [
        (path.stat().st_mtime, path)
        for name, number in folded.items()
        for path in (segment_path(root / name, n) for n in segment_numbers(root / name) if n < number)
    ]
    for modified, path in sorted(candidates):
        if time.time() - modified > keep_seconds or too_much > 0:
            too_much -= path.stat().st_size
            path.unlink()
            for beside in ("-wal", "-shm"):  # left where a writer was killed and nobody else closed the file
                path.with_name(path.name + beside).unlink(missing_ok=True)
    return [name for name in folded if not segment_numbers(root / name) and _remove_abandoned(root, name)]


def _remove_abandoned(root: Path, name: str) -> bool:
    if has_writer(root, name):
        return False
    shutil.rmtree(root / name, ignore_errors=True)
    return True
