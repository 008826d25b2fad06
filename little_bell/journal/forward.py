"""What waits on this disk goes to the shared journal, in order; what was forwarded is removed."""

import contextlib
import fcntl
import logging
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from little_bell.journal.reader import JournalReader, journal_names, trim
from little_bell.journal.records import Origin, Record, decode
from little_bell.journal.segment import Batch, segment_numbers

log = logging.getLogger(__name__)

#: A note of how far it came; an older one only makes what is known to be folded travel twice.
NOTE = "forwarded"
READ = 1_000
NOTE_EVERY = 50

#: Publishes a batch under the name and number that it has. Raises when it can't be stored.
Send = Callable[[Origin, list[Record]], None]


class Forwarding:
    """The journals under `root`: our own, and those whose writers have died. Each is one process's at a time."""

    def __init__(self, root: Path, own: Callable[[], str]) -> None:
        self._root = root
        self._own = own
        self._readers: dict[str, JournalReader] = {}
        self._positions: dict[str, tuple[int, int]] = {}

    def run(self, send: Send) -> int:
        """Forward all that is there; how many batches that were. Raises what `send` raises; then the next run goes on from there."""
        own, sent = self._own(), 0
        for name in journal_names(self._root):
            if name == own:
                continue
            with self._adopted(name) as is_ours:
                if is_ours:
                    sent += self._run(name, send)
                    self._forget(name)
                    self._positions.pop(name, None)
            if is_ours:
                self._remove(name, max(segment_numbers(self._root / name), default=0) + 1)
        sent += self._run(own, send)
        return sent

    def close(self) -> None:
        """Let go of the files."""
        for name in list(self._readers):
            self._forget(name)

    def _run(self, name: str, send: Send) -> int:
        reader = self._readers.get(name)
        if reader is None:
            position = self._positions.setdefault(name, self._noted(name))
            reader = self._readers[name] = JournalReader(self._root, name, *position)
        sent = 0
        try:
            while batches := reader.read(READ):
                for batch in batches:
                    origin, records = _opened(batch)
                    if records:
                        send(origin, records)
                    sent += 1
                    if batch.segment != self._positions[name][0]:
                        self._remove(name, batch.segment)
                    self._positions[name] = (batch.segment, batch.offset)
                    if sent % NOTE_EVERY == 0:
                        self._note(name)
        except BaseException:
            self._forget(name)  # the reader is ahead of what was sent
            raise
        finally:
            if sent:
                self._note(name)
        return sent

    def _remove(self, name: str, below: int) -> None:
        trim(self._root, {name: below}, 0.0, 0)

    def _forget(self, name: str) -> None:
        reader = self._readers.pop(name, None)
        if reader is not None:
            reader.close()

    @contextlib.contextmanager
    def _adopted(self, name: str) -> Iterator[bool]:
        """Whether the journal's writer is gone and nobody else forwards it; its lock is ours meanwhile."""
        try:
            file = os.open(self._root / name / "writer.lock", os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(file)

    def _noted(self, name: str) -> tuple[int, int]:
        try:
            segment, offset = (self._root / name / NOTE).read_text().split()
            return int(segment), int(offset)
        except (FileNotFoundError, ValueError):
            return 0, 0

    def _note(self, name: str) -> None:
        path = self._root / name / NOTE
        if path.parent.is_dir():
            draft = path.with_suffix(".new")
            draft.write_text("{} {}".format(*self._positions[name]))
            draft.replace(path)


def _opened(batch: Batch) -> tuple[Origin, list[Record]]:
    """The batch's name and number, and its records; none of a batch that the disk has damaged, which the log says."""
    try:
        origin, *records = decode(batch.body())
        if isinstance(origin, Origin):
            return origin, records
    except (msgspec.DecodeError, zlib.error, ValueError) as error:
        log.error("a batch of %d records on this disk can't be read and is left out: %s", batch.records, error)
    return Origin("", 0), []
