"""A word that one part of a cluster leaves for the others: the last one stands, in a bucket of NATS."""

from typing import TYPE_CHECKING

from little_bell.journal.link import Link
from little_bell.journal.stream import API_SECONDS

if TYPE_CHECKING:
    from nats.js.kv import KeyValue

READERS = "readers"


class Board:
    """What is said of one thing (`key`) in an installation."""

    def __init__(self, link: Link, stream: str, replicas: int, key: str = READERS) -> None:
        self._link, self._bucket, self._replicas, self._key = link, f"{stream}-board", replicas, key
        self._known: KeyValue | None = None
        self._last: bytes | None = None

    def put(self, word: bytes) -> None:
        """Leave another word. Raises what an unreachable server raises."""
        self._link.call(self._put(word), 2 * API_SECONDS)

    def get(self) -> bytes | None:
        """The word that stands; None where none was ever left. Raises what an unreachable server raises."""
        return self._link.call(self._get(), API_SECONDS)

    async def _put(self, word: bytes) -> None:
        if self._known is None:
            from nats.js.api import KeyValueConfig

            config = KeyValueConfig(bucket=self._bucket, history=1, replicas=self._replicas)
            self._known = await self._link.client.jetstream(timeout=API_SECONDS).create_key_value(config)
        await self._known.put(self._key, word)

    async def _get(self) -> bytes | None:
        from nats.js.errors import BucketNotFoundError, KeyNotFoundError

        try:
            if self._known is None:
                self._known = await self._link.client.jetstream(timeout=API_SECONDS).key_value(self._bucket)
            return (await self._known.get(self._key)).value
        except (BucketNotFoundError, KeyNotFoundError):
            return None
