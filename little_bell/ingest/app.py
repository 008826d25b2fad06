"""The routes mail clients hit, on one screen: raw ASGI in front of everything else, no framework, no database."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from little_bell.domain.tokens import KeyRing
from little_bell.ingest.answers import Send, send_not_allowed
from little_bell.ingest.click import Click
from little_bell.ingest.counters import Counters
from little_bell.ingest.facts import Network, Scope
from little_bell.ingest.pixel import Pixel
from little_bell.ingest.tenants import Tenants
from little_bell.ingest.unsubscribe import Unsubscribe
from little_bell.journal.group import GroupCommit

Receive = Callable[[], Awaitable[dict[str, Any]]]
#: Asks the database whether an unsigned link may redirect: (token, url) → the tenant's id, or None.
Resolve = Callable[[str, str], Awaitable[int | None]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with."""

    journal: GroupCommit
    ring: KeyRing
    tenants: Tenants
    counters: Counters
    trusted: tuple[Network, ...]
    resolve: Resolve


class Ingest:
    """ASGI application for everything under /track/."""

    def __init__(self, parts: Parts) -> None:
        self._routes = (
            ("/track/pixel/", Pixel(parts)),
            ("/track/redirect/", Click(parts)),
            ("/track/unsubscribe/", Unsubscribe(parts)),
        )
        self._counters = parts.counters

    def handles(self, path: str) -> bool:
        """Whether a path is one of ours."""
        return path.startswith(("/track/pixel/", "/track/redirect/", "/track/unsubscribe/"))

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        path, method = scope["path"], scope["method"]
        for prefix, route in self._routes:
            if path.startswith(prefix):
                if method not in route.methods:
                    await send_not_allowed(send, route.allow)
                    return
                await route(scope, path[len(prefix) :], method == "HEAD", send)
                self._counters.answer(route.kind, time.perf_counter() - started)
                return
