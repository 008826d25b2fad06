"""A connection to NATS on a thread of its own, for programs that wait: made when it can be, and made again when it is lost."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

import uvloop

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

Result = TypeVar("Result")

NOBODY = "no NATS server answers"
RETRY_SECONDS = 0.25
CONNECT_SECONDS = 2.0
#: A server that doesn't answer so long is given up for another.
PING_SECONDS, PINGS = 2, 2


class Unreachable(Exception):
    """No server of the cluster can be talked to just now."""


def servers_of(url: str) -> list[str]:
    """The addresses in `nats://a,b:4223,c`; user and password may stand in front of the first."""
    scheme, _, rest = url.partition("://")
    return [f"{scheme or 'nats'}://{part.strip().rpartition('://')[2]}" for part in rest.split(",") if part.strip()]


class Link:
    """Safe to use from any thread but its own."""

    def __init__(self, url: str, on_connect: "Callable[[Client], Awaitable[None]] | None" = None) -> None:
        self._servers = servers_of(url)
        self._on_connect = on_connect
        self._client: Client | None = None
        self.loop = uvloop.new_event_loop()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="nats", daemon=True)
        self._thread.start()

    @property
    def client(self) -> "Client":
        """The connection. Raises Unreachable."""
        if self._client is None or not self._client.is_connected:
            raise Unreachable(NOBODY)
        return self._client

    @property
    def is_up(self) -> bool:
        """Whether a server is connected now."""
        return self._client is not None and self._client.is_connected

    def call(self, work: Coroutine[Any, Any, Result], seconds: float) -> Result:
        """What the coroutine gives, run on the link's thread. Raises TimeoutError, and what it raises."""
        future = self.start(work)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def start(self, work: Coroutine[Any, Any, Result]) -> "Future[Result]":
        """Run a coroutine on the link's thread. Raises Unreachable once it is closed."""
        if self.loop.is_closed():
            work.close()
            raise Unreachable(NOBODY)
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """Let go of the connection and end the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.call(self._close(), 2 * CONNECT_SECONDS)
        except Exception as error:  # it is gone one way or the other
            log.debug("the connection to NATS didn't close: %s", error)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(CONNECT_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self._connecting = self.loop.create_task(self._connect())
        self.loop.run_forever()
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.close()

    async def _connect(self) -> None:
        import nats

        said = ""
        while not self._is_closed:
            try:
                client = await nats.connect(
                    servers=self._servers,
                    connect_timeout=CONNECT_SECONDS,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RETRY_SECONDS,
                    ping_interval=PING_SECONDS,
                    max_outstanding_pings=PINGS,
                    pending_size=0,  # while it is away nothing is kept back: whoever writes has to know
                    error_cb=_note,
                    reconnected_cb=self._again,
                )
                if self._on_connect is not None:
                    await self._on_connect(client)
                self._client = client
                return
            except Exception as error:  # whatever it is: an ingest node goes on without
                if said != str(error):
                    said = str(error)
                    log.warning("NATS can't be reached: %s", said or type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _again(self) -> None:
        log.info("NATS is reached again")

    async def _close(self) -> None:
        self._connecting.cancel()
        await asyncio.gather(self._connecting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()


async def _note(error: Exception) -> None:
    log.debug("NATS: %s", error)
