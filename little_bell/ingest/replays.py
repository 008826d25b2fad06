"""One-time ids of signed requests, for as long as memory lasts: what isn't covered by a signature can't be exchanged under it.

The projector does the same with what it has stored, across restarts and processes; here the forger gets to hear of it.
"""

import hashlib
import threading
from collections import OrderedDict

MOST_REMEMBERED = 100_000


class Replays:
    """Which body came with which id."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def is_first(self, tenant_id: int, provider: str, external_id: str, body: bytes) -> bool:
        """Whether the id is new, or came with this very body before, as a request that is sent again does."""
        digest = hashlib.blake2b(body, digest_size=16).digest()
        with self._lock:
            known = self._seen.setdefault((tenant_id, provider, external_id), digest)
            if len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)
        return known == digest
