"""What readers get: the GIF, a redirect, a small page. Plain ASGI, made once."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

#: The smallest transparent 1x1 GIF that every client shows.
GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

_NOT_KEPT: Headers = [
    (b"cache-control", b"no-store, no-cache, must-revalidate, private"),
    (b"pragma", b"no-cache"),
    (b"expires", b"0"),
]
_GIF_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"image/gif"), (b"content-length", str(len(GIF)).encode()), *_NOT_KEPT],
}
_GIF_BODY = {"type": "http.response.body", "body": GIF}
_REDIRECT_HEADERS: Headers = [(b"content-length", b"0"), (b"referrer-policy", b"no-referrer"), *_NOT_KEPT]
_EMPTY_BODY = {"type": "http.response.body", "body": b""}

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:12vh auto;padding:0 1.25rem;color:#1c2024;background:#fcfcfd}"
    "h1{font-size:1.35rem}b{font-weight:600}"
    "code{display:block;overflow-wrap:anywhere;padding:.75rem 1rem;border:1px solid #d9d9e0;border-radius:.5rem;background:#f0f0f3}"
    "a.go,button{display:inline-block;font:inherit;padding:.55rem 1.1rem;border:0;border-radius:.5rem;background:#3e4cc9;color:#fff;"
    "text-decoration:none;cursor:pointer}"
    "@media(prefers-color-scheme:dark){body{color:#edeef0;background:#111113}code{border-color:#43484e;background:#212225}}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex"),
    *_NOT_KEPT,
]


async def send_gif(send: Send, is_head: bool) -> None:
    """The pixel, always the same."""
    await send(_GIF_START)
    await send(_EMPTY_BODY if is_head else _GIF_BODY)


async def send_redirect(send: Send, location: str) -> None:
    """302 to a destination that was checked."""
    await send({"type": "http.response.start", "status": 302, "headers": [(b"location", location.encode("ascii")), *_REDIRECT_HEADERS]})
    await send(_EMPTY_BODY)


async def send_json(send: Send, status: int, body: object, is_head: bool, more: Headers | None = None) -> None:
    """A small JSON answer."""
    raw = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode()), *_NOT_KEPT, *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else raw})


async def send_page(send: Send, status: int, title: str, content: str, is_head: bool, more: Headers | None = None) -> None:
    """A small page; `content` is HTML whose values are escaped already."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{content}</main></body></html>"
    ).encode("utf-8", "replace")
    headers = [*_PAGE_HEADERS, (b"content-length", str(len(text)).encode()), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else text})


async def send_not_allowed(send: Send, allowed: bytes) -> None:
    """405 for a method that the route doesn't know."""
    error = {"error": {"code": "method_not_allowed", "message": f"Use {allowed.decode()}.", "field": None}}
    await send_json(send, 405, error, False, [(b"allow", allowed)])
