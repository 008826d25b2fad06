"""Word that numbers have moved, passed on by Redis: from whoever folds to each web process, which then looks at once.

It says nothing but “look”, and may be lost: whoever listens looks by itself from time to time, and more often while Redis is away.
Redis' client is loaded where there is a Redis: it would take every process 0.14 s and 5 MB.
"""

import asyncio
import contextlib
import logging
import threading
import time

log = logging.getLogger(__name__)

#: Folds that follow one another closely are told of once.
REST_SECONDS = 0.05
#: After a failure Redis is left alone for a moment.
AGAIN_SECONDS = 1.0
CONNECT_SECONDS = 2.0
#: A listener that hears nothing asks whether Redis is still there.
HEARTBEAT_SECONDS = 5.0


def channel_of(instance: str) -> str:
    """Where the installation with this database is talked about: others may use the same Redis."""
    return f"little-bell:{instance}:changed"


class Teller:
    """Tells in a thread of its own: who folds waits for nobody, least for a Redis that is away."""

    def __init__(self, url: str, instance: str) -> None:
        from redis import Redis

        self._redis = Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS)
        self._channel = channel_of(instance)
        self._has_news = threading.Event()
        threading.Thread(target=self._run, name="bulletin", daemon=True).start()

    def tell(self) -> None:
        """Something was committed."""
        self._has_news.set()

    def _run(self) -> None:
        from redis.exceptions import RedisError

        is_away = False
        while True:
            self._has_news.wait()
            self._has_news.clear()
            try:
                self._redis.publish(self._channel, b"")
                is_away = False
            except (RedisError, OSError) as error:
                if not is_away:
                    log.warning("Redis can't be told of changes; pages look for themselves: %s", error)
                is_away = True
            time.sleep(AGAIN_SECONDS if is_away else REST_SECONDS)


class Listener:
    """Hears in the event loop of a web process, once for all of its pages."""

    def __init__(self, url: str, instance: str) -> None:
        self._url, self._channel = url, channel_of(instance)
        self._has_news = asyncio.Event()
        #: Whether a change would be heard of just now.
        self.is_listening = False

    async def wait(self, seconds: float) -> None:
        """Until there is word of a change, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._has_news.wait()
        self._has_news.clear()

    async def run(self) -> None:
        """Listen until cancelled, to a Redis that comes and goes."""
        from redis.exceptions import RedisError

        is_away = False
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if not is_away:
                    log.warning("Redis can't be listened to; pages look for themselves: %s", error)
                is_away = True
            finally:
                self.is_listening = False
            self._has_news.set()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        from redis.asyncio import Redis

        client = Redis.from_url(self._url, socket_connect_timeout=CONNECT_SECONDS, health_check_interval=HEARTBEAT_SECONDS)
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            while True:
                message = await subscription.get_message(timeout=HEARTBEAT_SECONDS)
                if message is not None:  # the first one says that we are listening: what changed before was missed
                    self.is_listening = True
                    self._has_news.set()
