"""The routes mail clients hit, on one screen: raw ASGI in front of everything else, no framework, no database."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from little_bell.domain.tokens import KeyRing
from little_bell.ingest.answers import Send, send_not_allowed
from little_bell.ingest.click import Click
from little_bell.ingest.counters import Counters
from little_bell.ingest.emails import Email, email_route
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


class Route(Protocol):
    """Answers the readers of one kind of address."""

    @property
    def kind(self) -> str: ...
    @property
    def methods(self) -> frozenset[str]: ...
    @property
    def allow(self) -> bytes: ...
    async def __call__(self, scope: Scope, token: str, is_head: bool, send: Send) -> None: ...


class Ingest:
    """ASGI application for everything under /track/, and for the pixels and links of tenants' e-mails."""

    def __init__(self, parts: Parts) -> None:
        pixel, click = Pixel(parts), Click(parts)
        self._routes: tuple[tuple[str, Route], ...] = (
            ("/track/pixel/", pixel),
            ("/track/redirect/", click),
            ("/track/unsubscribe/", Unsubscribe(parts)),
        )
        self._emails: dict[str, Route] = {"pixel": Email(parts, pixel), "click": Email(parts, click)}
        self._counters = parts.counters

    def handles(self, path: str) -> bool:
        """Whether a path is one of ours."""
        return path.startswith(("/track/pixel/", "/track/redirect/", "/track/unsubscribe/")) or email_route(path) is not None

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        path, method = scope["path"], scope["method"]
        route, rest = self._find(path)
        if method not in route.methods:
            await send_not_allowed(send, route.allow)
            return
        await route(scope, rest, method == "HEAD", send)
        self._counters.answer(route.kind, time.perf_counter() - started)

    def _find(self, path: str) -> tuple[Route, str]:
        for prefix, route in self._routes:
            if path.startswith(prefix):
                return route, path[len(prefix) :]
        email = email_route(path)
        assert email is not None, "handles() was asked before"
        return self._emails[email[1]], path
