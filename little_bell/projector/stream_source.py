"""Where the projector takes batches from when the journal is shared: the stream's partitions that are its own."""

import logging
import struct
import time
from collections.abc import Callable

from sqlalchemy import Engine, select

from little_bell.journal.base import Position
from little_bell.journal.link import Link, Unreachable
from little_bell.journal.records import decode_one
from little_bell.journal.segment import Batch as Row
from little_bell.journal.stream import Packet, StreamMismatch, StreamMissing, open_packet
from little_bell.journal.stream_reader import Stored, StreamReader
from little_bell.journal.writers import BELIEVED_FOR, may_be_forgotten
from little_bell.models.tables import journal_partitions, journal_sources
from little_bell.projector.batch import Batch, Dead
from little_bell.projector.decode import decode_into, set_aside
from little_bell.projector.routing import handed_on
from little_bell.projector.share import Share
from little_bell.projector.stream_watch import StreamWatch

log = logging.getLogger(__name__)

BALANCE_SECONDS = 1.0
#: A stream that isn't the one that is meant is looked at again so often.
WRONG_SECONDS = 5.0
#: What other projectors hand on is looked for so often where nothing else comes.
LOOK_SECONDS = 0.1
#: Facts that were handed on, in one batch.
MOST_ROUTED = 5_000
PACKETS = 2_000
#: What is known of writers is read anew so often: much of it was forgotten in the database meanwhile.
REOPEN_SECONDS = 86_400.0
TOO_LATE = f"it waited on its node's disk for more than {BELIEVED_FOR.days} days: nobody knows any more whether it was counted"


class StreamSource:
    """See source.Source."""

    is_alone = False

    def __init__(self, engine: Engine, link: Link, watch: StreamWatch, share: Share, on_change: Callable[[], None]) -> None:
        self._engine, self._link, self._watch, self._share = engine, link, watch, share
        self._on_change = on_change
        self._reader: StreamReader | None = None
        self._highest: dict[tuple[int, str], int] = {}
        self._epochs: dict[int, int] = {}
        self._balanced_at = self._wrong_until = self._opened_at = 0.0
        self._rest: list[Stored] = []

    def gather(self, size: int) -> Batch | None:
        if not self._is_sound():
            return None
        if time.monotonic() - self._balanced_at > BALANCE_SECONDS:
            self._balanced_at = time.monotonic()
            if self._share.balance():
                self._on_change()
        if self._share.epochs != self._epochs or time.monotonic() - self._opened_at > REOPEN_SECONDS:
            self.forget()
        if not self._share.epochs:
            return None
        if self._reader is None:
            self._open()
        batch = Batch()
        self._take_handed_on(batch)
        self._take_packets(batch, size)
        self._watch.trim(self._epochs)
        return batch if batch.folded or batch.routed else None

    def _is_sound(self) -> bool:
        """Whether the stream is the one that is meant; if not, nothing is folded until somebody has looked after it."""
        if time.monotonic() < self._wrong_until:
            return False
        try:
            self._watch.look()
        except (StreamMismatch, StreamMissing) as wrong:
            log.critical("nothing is folded: %s", wrong)
            self._wrong_until = time.monotonic() + WRONG_SECONDS
            self.forget()
            return False
        except Unreachable as away:
            log.warning("the journal can't be read just now: %s", away)
            self._wrong_until = time.monotonic() + BALANCE_SECONDS
            return False
        return True

    def forget(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._rest = []
        self._epochs = {}

    def wait(self, seconds: float) -> None:
        if self._reader is not None:
            self._reader.wait(min(seconds, LOOK_SECONDS))
        else:
            time.sleep(min(seconds, LOOK_SECONDS))

    def close(self) -> None:
        self.forget()
        self._watch.close()
        self._share.release()

    def _open(self) -> None:
        """Behind what is folded. Nobody else writes these rows as long as the epochs are ours."""
        self._epochs, self._opened_at = dict(self._share.epochs), time.monotonic()
        rows, sources = journal_partitions.c, journal_sources.c
        with self._engine.connect() as connection:
            known = connection.execute(select(rows.partition, rows.sequence).where(rows.partition.in_(self._epochs)))
            after = {row.partition: row.sequence for row in known}
            highest = select(sources.partition, sources.source, sources.sequence).where(sources.partition.in_(self._epochs))
            self._highest = {(row.partition, row.source): row.sequence for row in connection.execute(highest)}
        self._reader = StreamReader(self._link, self._watch.name, after)

    def _take_handed_on(self, batch: Batch) -> None:
        with self._engine.connect() as connection:
            waiting = handed_on(connection, list(self._epochs), MOST_ROUTED)
        for routed_id, partition, record in waiting:
            batch.records.append((decode_one(record), Position("0" * 32, partition, routed_id)))
            batch.routed.append(routed_id)

    def _take_packets(self, batch: Batch, size: int) -> None:
        assert self._reader is not None
        while len(batch.records) < size:
            taken = self._rest or self._reader.take(PACKETS)
            self._rest = []
            if not taken:
                return
            for place, stored in enumerate(taken):
                if len(batch.records) >= size:
                    self._rest = taken[place:]
                    return
                self._add(batch, stored)

    def _add(self, batch: Batch, stored: Stored) -> None:
        batch.folded[stored.partition] = stored.sequence
        try:
            packet = open_packet(stored.data)
        except struct.error as error:
            batch.dead.append(Dead(Position("0" * 32, stored.partition, stored.sequence), stored.data, f"it is no packet of ours: {error}"))
            return
        key = (stored.partition, packet.source)
        known = self._highest.get(key)
        if known is None and may_be_forgotten(packet.source):
            set_aside(batch, _row(packet), Position(packet.source, stored.partition, packet.number), TOO_LATE)
            return
        if known is not None and packet.number <= known:
            return  # it came again: forwarded late, or sent twice
        self._highest[key] = batch.sources[key] = packet.number
        decode_into(batch, _row(packet), Position(packet.source, stored.partition, packet.number))


def _row(packet: Packet) -> Row:
    return Row(0, packet.number, packet.format, packet.records, packet.is_packed, packet.stored)
