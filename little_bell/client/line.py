"""The line to a server: what goes around every request, and what every answer is looked at for. No I/O happens here."""

import inspect
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, BinaryIO

import httpx
import orjson

from little_bell import __version__
from little_bell.client.call import Pages
from little_bell.client.refusals import refusal, unreachable
from little_bell.client.retries import Outcome
from little_bell.domain.errors import Invalid, Malformed
from little_bell.journal.base import Position

#: A position that isn't folded after so long was lost with its journal, or the projector is down: reads no longer wait for it.
PATIENCE_SECONDS = 60.0


class Line:
    """Where the server is, the key, and what was written last. Raises Invalid for what can't be an address or a key."""

    def __init__(self, url: str, key: str, timeout: float) -> None:
        try:
            address = httpx.URL(url)
        except (httpx.InvalidURL, TypeError) as error:
            raise Invalid(f"url: {url!r} can't be read: {error}", "url") from None
        if address.scheme not in ("http", "https") or not address.host:
            raise Invalid(f"url: {url!r} is no address such as https://bell.example.com", "url")
        if not key or not key.isascii() or not key.isprintable():
            raise Invalid("key: an API key looks like lb_…", "key")
        headers = {"Authorization": f"Bearer {key}", "User-Agent": f"little-bell-python/{__version__}", "Accept": "*/*"}
        self.options: dict[str, Any] = {"base_url": address, "headers": headers, "timeout": timeout}
        self._written: Position | None = None
        self._written_at = 0.0

    def parts(self, method: str, path: str, query: Mapping[str, Any], body: Any = None, media_type: str = "") -> dict[str, Any]:
        """What httpx builds the request from; bytes go as they are. Raises Malformed for a body that isn't JSON."""
        headers = {}
        if method == "POST":  # so that it may be sent again
            headers["Idempotency-Key"] = secrets.token_hex(16)
        if (method == "GET" or path.endswith("/check")) and self._written is not None:
            headers["X-Read-After"] = str(self._written)
        parts: dict[str, Any] = {"method": method, "url": path, "params": _query(query), "headers": headers}
        if body is not None:
            parts["content"] = body if isinstance(body, bytes) else _json(body)
            headers["Content-Type"] = media_type
        return parts

    def settle(self, request: httpx.Request, outcome: Outcome, is_again: bool) -> httpx.Response:
        """The answer, if it is one that says yes. Raises domain.errors otherwise."""
        if isinstance(outcome, httpx.TransportError):
            raise unreachable(request, outcome) from outcome
        self._look_at(request, outcome)
        is_gone_already = is_again and request.method == "DELETE" and outcome.status_code == 404
        if not outcome.is_success and not is_gone_already:
            raise refusal(outcome)
        return outcome

    def _look_at(self, request: httpx.Request, response: httpx.Response) -> None:
        told = Position.parse(response.headers.get("x-journal-position", ""))
        mine = self._written
        if told is not None:
            if mine is None or told.journal != mine.journal or told > mine:
                self._written, self._written_at = told, time.monotonic()
        elif mine is not None and request.headers.get("x-read-after") == str(mine):
            is_stale = response.headers.get("x-stale") == "true" or not response.is_success
            if not is_stale or time.monotonic() - self._written_at > PATIENCE_SECONDS:
                self._written = None


def page_query(pages: Pages, taken: int, cursor: str | None) -> dict[str, Any]:
    """The query of the next page, `taken` rows having been read."""
    limit = pages.most if pages.limit is None else min(pages.most, pages.limit - taken)
    return {"limit": limit, **pages.query, "cursor": cursor, "offset": None if cursor else pages.offset or None}


def begin_anew(file: BinaryIO) -> None:
    """Forget what an attempt before wrote."""
    if file.seekable():
        file.seek(0)
        file.truncate()


def as_method(method: Callable[..., Any], build: Callable[..., Any]) -> None:
    """Give a client's method the name, the text and the parameters of the call that it makes."""
    update_wrapper(method, build)
    said = inspect.signature(build)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = said.replace(parameters=[own, *said.parameters.values()])  # type: ignore[attr-defined]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in query.items() if value is not None and value != ""}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).isoformat()
    return value


def _json(body: Any) -> bytes:
    try:
        return orjson.dumps(body, option=orjson.OPT_NAIVE_UTC)
    except TypeError as error:
        raise Malformed(f"this can't be said in JSON: {error}") from None
