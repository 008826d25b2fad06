"""Reads some partitions of the stream from a position on, ahead of whoever folds; goes on by itself when servers die."""

import asyncio
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from little_bell.journal.link import Link
from little_bell.journal.stream import API_SECONDS, partition_in, subject_of

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

log = logging.getLogger(__name__)

#: Packets that are asked for at a time, and bytes that may lie ready.
FETCH, MOST_READY = 256, 16_000_000
EXPIRES_SECONDS = 5.0
#: A consumer that says nothing so long, not even that there is nothing, is made anew.
SILENT_SECONDS = EXPIRES_SECONDS + 3.0
AGAIN_SECONDS = 0.25
LOOK_SECONDS = 0.005


class Stored(NamedTuple):
    """A packet as it lies in the stream."""

    partition: int
    sequence: int
    data: bytes


class StreamReader:
    """`after`: by partition, what lies behind that sequence is read."""

    def __init__(self, link: Link, stream: str, after: Mapping[int, int]) -> None:
        self._link, self._stream = link, stream
        self._after = dict(after)
        self._next = min(self._after.values()) + 1
        self._ready: deque[Stored] = deque()
        self._ready_bytes = 0
        self._bell = threading.Event()
        self._is_closed = False
        self._complaint = ""
        self._heard_at = 0.0
        self._open = 0  # packets that were asked for and haven't come
        self._consumed = 0
        self._is_broken = False
        self._task = link.start(self._run())

    def take(self, most: int) -> list[Stored]:
        """What lies ready, oldest first."""
        taken: list[Stored] = []
        while self._ready and len(taken) < most:
            packet = self._ready.popleft()
            self._ready_bytes -= len(packet.data)
            taken.append(packet)
        if not self._ready:
            self._bell.clear()
        return taken

    def wait(self, seconds: float) -> None:
        """Until something lies ready."""
        if not self._ready:
            self._bell.clear()
            if not self._ready:
                self._bell.wait(seconds)

    def close(self) -> None:
        """Read no more."""
        self._is_closed = True
        self._task.cancel()

    async def _run(self) -> None:
        while not self._is_closed:
            try:
                await self._consume(self._link.client)
            except Exception as error:
                said = str(error) or type(error).__name__
                if said != self._complaint:
                    self._complaint = said
                    log.warning("the stream %s can't be read just now: %s", self._stream, said)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _consume(self, client: "Client") -> None:
        from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._next,
            ack_policy=AckPolicy.NONE,
            filter_subjects=[subject_of(self._stream, partition) for partition in sorted(self._after)],
            inactive_threshold=60.0,
            mem_storage=True,
            num_replicas=1,
        )
        jetstream = client.jetstream(timeout=API_SECONDS)
        name = (await jetstream.add_consumer(self._stream, config)).name
        inbox = client.new_inbox()
        self._open, self._consumed, self._is_broken, self._heard_at = 0, 0, False, time.monotonic()
        listening = await client.subscribe(inbox, cb=self._hear)
        try:
            self._complaint = ""
            while not self._is_broken and not self._is_closed:
                if time.monotonic() - self._heard_at > SILENT_SECONDS:
                    return
                if self._open <= 0 and self._ready_bytes < MOST_READY:
                    self._open, self._heard_at = FETCH, time.monotonic()
                    asked = json.dumps({"batch": FETCH, "expires": int(EXPIRES_SECONDS * 1e9)}).encode()
                    await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{name}", asked, inbox)
                elif self._open <= 0:
                    self._heard_at = time.monotonic()  # it is we who pause
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if client.is_connected:
                await listening.unsubscribe()
                await jetstream.delete_consumer(self._stream, name)

    async def _hear(self, message: "Msg") -> None:
        self._heard_at = time.monotonic()
        if message.headers and "Status" in message.headers:
            self._open = 0
            self._is_broken = message.headers["Status"] not in ("404", "408", "100")
            return
        _, _, _, _, _, sequence, consumed, *_ = message.reply.split(".")
        self._open -= 1
        if int(consumed) != self._consumed + 1:  # something was lost on the way: begin again behind what came
            self._is_broken = True
        if self._is_broken:
            return
        self._consumed += 1
        self._next = int(sequence) + 1
        partition = partition_in(message.subject)
        if int(sequence) > self._after[partition]:
            self._ready.append(Stored(partition, int(sequence), message.data))
            self._ready_bytes += len(message.data)
            self._bell.set()
