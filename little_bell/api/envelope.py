"""Around the API, as raw ASGI: bounded bodies, a request's id, and the headers that every answer has."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.requests import ClientDisconnect

from little_bell.api.answers import failure, problem
from little_bell.domain.errors import BellError, Malformed, TooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
log = logging.getLogger(__name__)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")

MAX_BODY = 1_000_000
#: For the routes that take ten thousand of something.
MAX_BULK_BODY = 32_000_000
BULK = frozenset({"/api/messages/batch", "/api/messages/marks", "/api/suppressions/batch", "/api/suppressions/check"})
#: For files, which are read from disk line by line.
MAX_FILE_BODY = 256_000_000
FILES = frozenset({"/api/suppressions/import", "/api/suppressions/upload"})
#: For the route that takes a whole mail. Mail clients cut off what is longer than a fraction of this.
MAX_MAIL_BODY = 4_000_000
MAIL = "/instrument"
RECIPIENTS = "/recipients"
#: For a file of recipients from the campaign's page: some millions of them.
MAX_FILE = 200_000_000
FILE = "/file"
#: For mail that came back: only its beginning is kept, so the rest costs no memory.
MAX_REPORT = 50_000_000
REPORT = "/webhooks/dsn"
ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
]
NO_STORE = (b"cache-control", b"no-store")


class Envelope:
    """Wraps an ASGI application. What lies in the scope's state under `headers` is added to the answer."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        extra: list[tuple[bytes, bytes]] = []
        scope["state"] = {**scope.get("state", {}), "headers": extra}
        request_id = _request_id(scope)
        own = [*ALWAYS, (b"x-request-id", request_id.encode())]
        is_started = False
        status, began = 500, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal is_started, status
            if message["type"] == "http.response.start":
                is_started, status = True, message["status"]
                headers = list(message.get("headers", ()))
                caching = [] if any(name.lower() == b"cache-control" for name, _ in headers) else [NO_STORE]
                message = {**message, "headers": [*headers, *own, *caching, *extra]}
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        except ClientDisconnect:
            log.info("the client went away", extra=_facts(scope, request_id))
        except Exception:
            log.exception("request %s failed: %s %s", request_id, scope["method"], scope["path"], extra=_facts(scope, request_id))
            if is_started:
                raise
            await problem(500, "internal", f"something went wrong here; our log has it as request {request_id}")(scope, receive, sending)
        finally:
            is_quiet = scope["method"] in ("GET", "HEAD") and status < 500
            facts = {**_facts(scope, request_id), "status": status, "ms": round((time.perf_counter() - began) * 1_000, 1)}
            log.log(logging.DEBUG if is_quiet else logging.INFO, "answered", extra=facts)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = _limit(scope["path"])
        refusal = _refusal(scope, limit)
        if refusal is None:
            await self.app(scope, _bounded(receive, limit), send)
        else:
            await failure(refusal)(scope, receive, send)


def _request_id(scope: Scope) -> str:
    """The caller's or the proxy's, if it has a form that does no harm in a log; else one of ours."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _facts(scope: Scope, request_id: str) -> dict[str, Any]:
    """What a log line says of a request: no query, which may hold addresses or signatures."""
    who: dict[str, Any] = scope["state"].get("who", {})
    return {"request_id": request_id, "method": scope["method"], "path": scope["path"][:200], **who}


def _limit(path: str) -> int:
    if path in BULK or path.endswith(RECIPIENTS):
        return MAX_BULK_BODY
    if path in FILES:
        return MAX_FILE_BODY
    if path.endswith(FILE):
        return MAX_FILE
    if path.startswith(REPORT):
        return MAX_REPORT
    return MAX_MAIL_BODY if path.endswith(MAIL) else MAX_BODY


def _refusal(scope: Scope, limit: int) -> BellError | None:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if length.isdigit() and int(length) > limit:
        return _too_large(limit)
    if b"%00" in scope.get("query_string", b"") or "\0" in scope["path"]:
        return Malformed("an address can't hold a NUL character")
    return None


def _bounded(receive: Receive, limit: int) -> Receive:
    """`receive`, counting: a length that isn't stated, or is a lie, is found out."""
    read = 0

    async def receiving() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise _too_large(limit)
        return message

    return receiving


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit:,} bytes")
