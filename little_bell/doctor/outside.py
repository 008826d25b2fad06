"""The server: whether something listens on the port, and whether readers reach it under the address that goes into mail."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from little_bell.config import Settings
from little_bell.doctor.finding import Finding, fail, ok, warn
from little_bell.domain.links import Addresses
from little_bell.secret_key import FILE, key_ring

SECONDS = 5.0
TOKEN = "little-bell-doctor"
LOCAL = ("localhost", "127.0.0.1", "::1")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_open = urllib.request.build_opener(_Stay).open


def outside_findings(settings: Settings) -> Iterator[Finding]:
    """Asks for /health, and for a page that needs a right signature and records nothing."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    own = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    status, body = _get(f"{own}/health")
    if status is None:
        yield warn("port", f"nothing listens on {settings.host}:{settings.port}", "little-bell serve")
    elif _is_ours(body):
        yield ok("port", f"Little Bell answers on {settings.host}:{settings.port}")
    else:
        yield fail("port", f"another program listens on {settings.host}:{settings.port}", "stop it, or choose another LITTLE_BELL_PORT")
    yield _base_url(settings, is_serving=_is_ours(body))


def _base_url(settings: Settings, is_serving: bool) -> Finding:
    base, name = settings.base_url, "base URL"
    if not is_serving:
        return warn(name, f"{base} wasn't asked: no server runs here", "little-bell serve, then ask again")
    status, body = _get(f"{base}/health")
    if not _is_ours(body):
        said = f"{base} can't be reached" if status is None else f"{base} answers {status}, and not as Little Bell does"
        return fail(name, said, "put LITTLE_BELL_BASE_URL, your DNS or your reverse proxy right")
    if settings.secret_key or (settings.data_dir / FILE).exists():
        page = Addresses(base, key_ring(settings)).unsubscribe_url(1, TOKEN)
        if _get(page)[0] != 200:
            mend = "start the server with these settings, and let the proxy pass addresses through as they are"
            return fail(name, f"{base} doesn't know a signature of this installation", mend)
    if urlsplit(base).hostname in LOCAL:
        return warn(name, f"{base} works on this machine alone", "set LITTLE_BELL_BASE_URL to what readers of mail can reach")
    return ok(name, f"{base} answers, and knows our signatures")


def _get(url: str) -> tuple[int | None, bytes]:
    try:
        with _open(url, timeout=SECONDS) as answer:
            return answer.status, answer.read(10_000)
    except urllib.error.HTTPError as error:
        return error.code, b""
    except (OSError, ValueError):
        return None, b""


def _is_ours(body: bytes) -> bool:
    try:
        return bool(json.loads(body)["service"] == "little-bell")
    except (ValueError, KeyError, TypeError):
        return False
