"""The last webhooks that were not believed, in memory alone: whoever sets a provider up wants to see why, and anybody can send any."""

import time
from collections import OrderedDict, deque
from typing import NamedTuple

LAST, MOST_ENDPOINTS = 5, 1_000


class Refusal(NamedTuple):
    """When (seconds since 1970), the reason's name, and in words."""

    at: float
    reason: str
    message: str


class Refusals:
    """Of this process; the last few of each endpoint."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], deque[Refusal]] = OrderedDict()

    def add(self, tenant_id: int, provider: str, reason: str, message: str) -> None:
        """Remember one."""
        self._kept.setdefault((tenant_id, provider), deque(maxlen=LAST)).append(Refusal(time.time(), reason, message))
        if len(self._kept) > MOST_ENDPOINTS:
            self._kept.popitem(last=False)

    def of(self, tenant_id: int, provider: str) -> list[Refusal]:
        """Those of an endpoint, the last first."""
        return list(reversed(self._kept.get((tenant_id, provider), ())))
