"""The journal beyond one machine: JetStream acknowledges before anybody is answered; while it can't, this machine's disk does."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from little_bell.journal.backlog import ASK_SECONDS, Backlog, backlog
from little_bell.journal.base import JournalFull, Position
from little_bell.journal.forward import Forwarding
from little_bell.journal.link import NOBODY, Link, Unreachable
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.oversize import HEADERS, Oversize
from little_bell.journal.pieces import pieces_of
from little_bell.journal.publish import Outgoing, Publisher
from little_bell.journal.records import Origin, Record
from little_bell.journal.stream import API_SECONDS, StreamFacts, find_stream
from little_bell.journal.writers import is_worn, new_name

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

#: So long JetStream may take (a new leader is found within a second or two); readers wait no longer than group.READER_SECONDS.
PUBLISH_SECONDS = 1.0
#: What waits here is tried again so often.
TRY_SECONDS = 0.25
#: So long a process that starts waits for the cluster before it goes on without.
START_SECONDS = 1.5


class TooLarge(Exception):
    """A record is larger than the servers take."""


class JetStreamJournal:
    """One writer. `root` is where it writes while the cluster can't be reached; from there it forwards, in order.

    Each batch has a writer's name and a number, by which projectors know what they have folded. A batch whose fate isn't known
    goes to the disk under the name that it was sent with, and what follows gets a new name: so numbers of one name come in order.
    """

    def __init__(self, url: str, stream: str, root: Path, limits: Limits | None = None) -> None:
        self._stream = stream
        self._local = LocalJournal(root, limits)
        self._lock = threading.Lock()
        self._source, self._batch = new_name(), 0
        self._facts: StreamFacts | None = None
        self._publisher: Publisher | None = None
        self._complaint = NOBODY  # which the link says itself
        self.is_shared = False  # whether facts go to the cluster now
        self._is_closing = threading.Event()
        self._has_work = threading.Event()
        self.link = Link(url, self._meet)
        self._oversize = Oversize(root, stream)
        self._forwarding = Forwarding(root, lambda: self._local.name)
        self._forwarder = threading.Thread(target=self._keep_forwarding, name="forward", daemon=True)
        self._forwarder.start()
        self._has_work.wait(START_SECONDS)

    def append(self, records: list[Record]) -> Position:
        """Store the records, on a majority of the replicas or on this disk. Raises JournalFull with the reason."""
        with self._lock:
            if is_worn(self._source):
                self._rename()
            self._batch += 1
            is_uncertain = False
            if self.is_shared:
                try:
                    return self._publish(records, self._source, self._batch, PUBLISH_SECONDS)
                except Exception as error:
                    self._go_local(error)
                    is_uncertain = True
            try:
                return self._store(records)
            except JournalFull:
                is_uncertain = True
                raise
            finally:
                if is_uncertain:
                    self._rename()

    def why_full(self) -> str | None:
        """The named reason why nothing can be recorded, or None."""
        return None if self.is_shared else self._local.why_full()

    def backlog(self, folded: Mapping[int, int]) -> Backlog:
        """What of the cluster's journal lies behind these sequences, by partition. Raises Unreachable, and what a silent server raises."""
        return self.link.call(backlog(self.link.client, self._stream, folded), 2 * ASK_SECONDS)

    def close(self) -> None:
        """Forward what can be within a moment, and let go."""
        self._is_closing.set()
        self._forwarder.join(4 * PUBLISH_SECONDS)
        self.link.close()
        self._forwarding.close()
        self._local.close()

    async def _meet(self, client: "Client") -> None:
        publisher = Publisher(client)
        await publisher.listen()
        self._publisher = publisher

    def _publish(
        self, records: list[Record], source: str, batch: int, seconds: float, keep: Callable[[Outgoing], None] | None = None
    ) -> Position:
        publisher, facts = self._publisher, self._facts
        if publisher is None or facts is None or not self.link.is_up:
            raise Unreachable(NOBODY)
        pieces = pieces_of(records, self._stream, facts.partitions, source, batch)
        limit = self.link.client.max_payload - HEADERS
        for wave in pieces.waves:
            for packet in wave:
                if len(packet.data) > limit:
                    if keep is None:
                        raise TooLarge(f"a record of {len(packet.data):,} bytes, and they take {limit:,}")
                    keep(packet)
            fitting = [packet for packet in wave if len(packet.data) <= limit]
            self.link.call(publisher.publish(fitting, seconds), seconds + TRY_SECONDS)
        return pieces.position

    def _store(self, records: list[Record]) -> Position:
        self._local.append([Origin(self._source, self._batch), *records])
        if self._facts is None:
            return Position(self._source, 0, 0)  # nobody can say yet when it is folded
        return pieces_of(records, self._stream, self._facts.partitions, self._source, self._batch).position

    def _rename(self) -> None:
        self._source, self._batch = new_name(), 0

    def _go_local(self, error: Exception) -> None:
        self.is_shared = False
        log.warning("JetStream doesn't take events just now, they wait on this disk: %s", str(error) or type(error).__name__)

    def _keep_forwarding(self) -> None:
        while True:
            is_last = self._is_closing.is_set()
            try:
                self._forward()
            except Exception as error:
                said = str(error) or type(error).__name__
                if said != self._complaint:
                    self._complaint = said
                    log.warning("what waits on this disk can't be forwarded just now: %s", said)
            if is_last:
                return
            self._is_closing.wait(TRY_SECONDS)

    def _forward(self) -> None:
        """All that waits; then the way is free again."""
        if self._facts is None or not self.is_shared:
            self._facts = self.link.call(find_stream(self.link.client, self._stream), API_SECONDS)
            self._forward_large()
        self._forwarding.run(self._resend)
        if self.is_shared:
            return
        with self._lock:
            self._forwarding.run(self._resend)
            self._rename()
            self.is_shared = True
        self._complaint = ""
        self._has_work.set()
        log.info("events go to JetStream")

    def _forward_large(self) -> None:
        """What the servers took no more of, and do now."""
        for path, packet in self._oversize.fitting(self.link.client.max_payload - HEADERS):
            if self._publisher is None:
                raise Unreachable(NOBODY)
            self.link.call(self._publisher.publish([packet], 2 * PUBLISH_SECONDS), 3 * PUBLISH_SECONDS)
            path.unlink(missing_ok=True)  # another process of this node may have been at it

    def _resend(self, origin: Origin, records: list[Record]) -> None:
        self._publish(records, origin.source, origin.first, 2 * PUBLISH_SECONDS, self._oversize.keep)
