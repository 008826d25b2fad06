"""The journal on one machine: each writer opens a folder of its own, so that writers never wait for each other."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from little_bell.journal.base import JournalFull, Position
from little_bell.journal.records import Record, encode
from little_bell.journal.segment import SegmentWriter, segment_path
from little_bell.journal.wake import Waker

GIGABYTE = 1_000_000_000
SEGMENT_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """When a journal is full: at `max_bytes` (all writers together), or with less than this share of the disk free."""

    max_bytes: int = 0  # 0: a fifth of the disk that is free at the start, 8 GB at most
    min_free_percent: float = 5.0
    segment_bytes: int = SEGMENT_BYTES
    disk_usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage


class LocalJournal:
    """One writer's journal, under `root/<32 hex digits>/`. Safe to use from several threads.

    The folder's lock file is held as long as the process lives: a journal whose lock is free has no writer any more.
    """

    def __init__(self, root: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.max_bytes = self.limits.max_bytes or default_max_bytes(root, self.limits.disk_usage)
        self._lock = threading.Lock()
        self._waker = Waker(root)
        self._measured_at = 0.0
        self._other_bytes = 0
        self._segment: SegmentWriter | None = None
        self._number = 0
        self._is_spoilt = False
        self.name = uuid.uuid4().hex
        self._folder, self._lock_file = _make_folder(root, self.name)

    def append(self, records: list[Record]) -> Position:
        """Store the records together, synced, and say where they stand. Raises JournalFull with the reason."""
        body = encode(records)
        with self._lock:
            reason = self.why_full() and self._why_still_full()
            if reason:
                raise JournalFull(reason)
            try:
                segment = self._open_segment()
                position = Position(self.name, self._number, segment.append(body, len(records)))
            except (sqlite3.Error, OSError) as error:
                self._abandon_segment()
                raise JournalFull("disk_full" if "full" in str(error) else "disk_error") from error
        self._waker.wake()
        return position

    def _why_still_full(self) -> str | None:
        """Seal the segment: closed it takes less room, and once it is folded the projector can remove it."""
        if segment := self._seal_segment():
            segment.close()
            self._measured_at = 0.0
        return self.why_full()

    def why_full(self) -> str | None:
        """The named reason why nothing can be recorded, or None."""
        total, _used, free = self.limits.disk_usage(self._root)
        if free * 100 < total * self.limits.min_free_percent:
            return "disk_low"
        if time.monotonic() - self._measured_at > 1:
            self._measured_at = time.monotonic()
            self._other_bytes = folder_bytes(self._root)
        return "journal_full" if self._other_bytes >= self.max_bytes else None

    def close(self) -> None:
        """Seal the segment, so that a projector needs not ask whether more will come, and let the lock go."""
        with self._lock:
            if segment := self._seal_segment():
                segment.close()
            os.close(self._lock_file)
            self._waker.close()

    def _open_segment(self) -> SegmentWriter:
        is_large = self._segment is not None and self._segment.size >= self.limits.segment_bytes
        if is_large and (sealed := self._seal_segment()):
            threading.Thread(target=sealed.close, name="journal-close").start()  # nobody waits for that
        if self._is_spoilt:
            self._move_to_new_folder()
        if self._segment is None:
            self._segment = SegmentWriter(segment_path(self._folder, self._number + 1))
            self._number += 1
        return self._segment

    def _seal_segment(self) -> SegmentWriter | None:
        """The segment that was written, if there is one: it is sealed, and yet to be closed."""
        segment = self._segment
        if segment is None:
            return None
        try:
            segment.seal()
        except sqlite3.Error:
            self._abandon_segment()
            return None
        self._segment = None
        return segment

    def _abandon_segment(self) -> None:
        """After an error nobody knows what the file holds: it is read to its end, and the next append goes elsewhere."""
        if self._segment is not None:
            with contextlib.suppress(sqlite3.Error):
                self._segment.close()
        self._segment, self._is_spoilt = None, True

    def _move_to_new_folder(self) -> None:
        """Go on as a journal of a new name. Raises OSError where the disk has no room for a folder: then the next append tries."""
        name = uuid.uuid4().hex
        folder, lock_file = _make_folder(self._root, name)
        os.close(self._lock_file)
        self.name, self._folder, self._lock_file = name, folder, lock_file
        self._number, self._is_spoilt = 0, False


def default_max_bytes(root: Path, disk_usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage) -> int:
    """A fifth of the disk that is free now, 8 GB at most."""
    return min(disk_usage(root)[2] // 5, 8 * GIGABYTE)


def _make_folder(root: Path, name: str) -> tuple[Path, int]:
    """A journal's folder with its lock taken; it gets its name only then, so that no reader sees it without."""
    fresh = root / f".{name}"
    fresh.mkdir(mode=0o700)
    try:
        lock_file = os.open(fresh / "writer.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        folder = fresh.rename(root / name)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    directory = os.open(root, os.O_RDONLY)
    os.fsync(directory)  # the folder's own entry must survive a power cut, not only the files in it
    os.close(directory)
    return folder, lock_file


def folder_bytes(root: Path) -> int:
    """What the journals under `root` take on the disk. What is renamed or removed meanwhile by others counts as gone."""
    return sum(_file_bytes(Path(folder) / name) for folder, _folders, names in os.walk(root) for name in names)


def _file_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
