"""What every page is sent with: a strict content security policy, caching by kind, and no door for other origins."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
#: Vite puts a hash of the content into the names under /assets/, so a copy is good for ever.
FOR_EVER = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"
FOUND = (200, 206, 304)


def protected(app: App, *, bundle: Path, own_url: str) -> App:
    """`app`, its HTTP answers with security and caching headers; requests from other origins are marked as such.

    An Origin that is the request's own host is no other origin, whatever the port or name the installation is reached
    by: it is taken out, so that Reflex's list of allowed origins (LITTLE_BELL_BASE_URL alone) judges foreign ones only.
    """
    policy = _Policy(bundle)
    fixed = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if own_url.startswith("https://"):
        fixed.append((b"strict-transport-security", b"max-age=31536000"))

    async def protecting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        scope = {**scope, "headers": without_own_origin(scope["headers"])}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                caching = FOR_EVER if scope["path"].startswith("/assets/") and message["status"] in FOUND else ASK_AGAIN
                message["headers"] = [*message.get("headers", ()), *fixed, policy.header(), (b"cache-control", caching)]
            await send(message)

        await app(scope, receive, sending if scope["type"] == "http" else send)

    return protecting


class _Policy:
    """The header for the bundle as it is now: a build under a running server changes the inline scripts' hashes."""

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle
        self._built_at = -1
        self._header = (b"", b"")

    def header(self) -> tuple[bytes, bytes]:
        page = self._bundle / "index.html"
        built_at = page.stat().st_mtime_ns if page.exists() else 0
        if built_at != self._built_at:
            self._header = (b"content-security-policy", content_security_policy(self._bundle).encode())
            self._built_at = built_at
        return self._header


def without_own_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The request's headers without an Origin that names the very host the request was sent to."""
    host = next((value for name, value in headers if name == b"host"), b"").decode("latin-1").lower()
    return [(name, value) for name, value in headers if name != b"origin" or urlsplit(value.decode("latin-1")).netloc.lower() != host]


def content_security_policy(bundle: Path) -> str:
    """The policy for the pages in `bundle`: no eval, and of inline scripts only those that were built, by their hashes.

    Styles may be inline: Radix and Emotion write them as they render. No frame may load an address, so that a mail that is shown in one
    (as srcdoc, which is none) leads nowhere.
    """
    scripts = " ".join(sorted(f"'sha256-{digest}'" for digest in inline_script_hashes(bundle)))
    return (
        f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def inline_script_hashes(bundle: Path) -> set[str]:
    """The base64 SHA-256 of each inline script in the built pages."""
    scripts = (script for page in bundle.rglob("*.html") for script in INLINE_SCRIPT.findall(page.read_bytes()))
    return {b64encode(hashlib.sha256(script).digest()).decode() for script in scripts}
