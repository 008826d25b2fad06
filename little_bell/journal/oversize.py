"""What is larger than the NATS servers take waits apart: nothing that stands behind it is held up, and it is lost neither."""

import logging
import os
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

from little_bell.journal.publish import Outgoing
from little_bell.journal.stream import partition_in, rename_packet, subject_of

log = logging.getLogger(__name__)

#: Of what a server takes, for the headers of a message.
HEADERS = 1_000


class Oversize:
    """Packets in files of their own under `root`, each under a new writer's name: its own has gone on to higher numbers."""

    def __init__(self, root: Path, stream: str) -> None:
        self._folder, self._stream = root / ".too-large", stream  # journals' names don't begin with a dot

    def keep(self, packet: Outgoing) -> None:
        """Put a packet there, synced; once, however often it is tried."""
        digest = md5(packet.name.encode(), usedforsecurity=False).hexdigest()
        name = packet.name[:13] + digest[13:]  # as old as its own
        self._folder.mkdir(exist_ok=True, mode=0o700)
        path = self._folder / f"{name}.{partition_in(packet.subject)}"
        if path.exists():
            return
        draft = path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(rename_packet(packet.data, name))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        log.error("%d bytes are more than the NATS servers take: raise their max_payload. They wait in %s", len(packet.data), path)

    def fitting(self, limit: int) -> Iterator[tuple[Path, Outgoing]]:
        """Those that the servers take by now, and where they lie."""
        for path in sorted(self._folder.glob("*.[0-9]*")):
            if path.stat().st_size <= limit:
                yield path, Outgoing(subject_of(self._stream, int(path.suffix[1:])), path.stem, path.read_bytes())
