"""Packets published together, each acknowledged by JetStream before any of them counts as journaled."""

import asyncio
import json
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

#: JetStream's codes for a stream, an account or a disk that takes no more.
FULL = frozenset({10023, 10028, 10047, 10077, 10122})


class Refused(Exception):
    """JetStream didn't store a packet; `is_full` if it has no room."""

    def __init__(self, why: str, *, is_full: bool) -> None:
        super().__init__(why)
        self.is_full = is_full


class Outgoing(NamedTuple):
    """A packet on its way; `name` is what JetStream knows it by if it comes twice."""

    subject: str
    name: str
    data: bytes


class Publisher:
    """One a connection: all acknowledgements come to one inbox, which costs less than one for each."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._inbox = client.new_inbox()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._numbers = count()

    async def listen(self) -> None:
        """Begin to hear acknowledgements."""
        await self._client.subscribe(f"{self._inbox}.*", cb=self._hear)

    async def publish(self, packets: Sequence[Outgoing], seconds: float) -> None:
        """Returns when all are stored on a majority of the replicas. Raises Refused, TimeoutError, and what a lost connection raises."""
        futures = []
        keys = []
        try:
            for packet in packets:
                key = str(next(self._numbers))
                keys.append(key)
                future = self._waiting[key] = asyncio.get_running_loop().create_future()
                futures.append(future)
                await self._client.publish(packet.subject, packet.data, f"{self._inbox}.{key}", {"Nats-Msg-Id": packet.name})
            async with asyncio.timeout(seconds):
                for future in futures:
                    await future
        finally:
            for key in keys:
                future = self._waiting.pop(key)
                if future.done() and not future.cancelled():
                    future.exception()

    async def _hear(self, message: "Msg") -> None:
        future = self._waiting.get(message.subject.rpartition(".")[2])
        if future is None or future.done():
            return
        refusal = _refusal(message)
        if refusal is None:
            future.set_result(None)
        else:
            future.set_exception(refusal)


def _refusal(message: "Msg") -> Refused | None:
    if message.headers and message.headers.get("Status") == "503":
        return Refused("no stream takes this", is_full=False)
    if b'"error"' not in message.data:  # nearly always, and to read it whole would cost as much as all else that is done for a packet
        return None
    told: dict[str, Any] = json.loads(message.data)
    error = told.get("error")
    if error is None:
        return None
    return Refused(str(error.get("description", error)), is_full=error.get("err_code") in FULL)
