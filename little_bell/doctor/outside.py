"""The server: whether something listens on the port, and whether readers reach it under the address that goes into mail."""

from collections.abc import Iterator

from little_bell.config import Settings
from little_bell.domain.links import Addresses
from little_bell.secret_key import FILE, key_ring
from little_bell.selftest import steps
from little_bell.selftest.asking import Asking
from little_bell.selftest.finding import Finding, Level, fail, ok, warn
from little_bell.selftest.server import is_ours


def outside_findings(settings: Settings) -> Iterator[Finding]:
    """Asks for /health, then for what readers' mail programs ask for; nothing of it is recorded."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    own = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    answer = Asking(own).ask(f"{own}/health")
    if answer.status is None:
        yield warn("port", f"nothing listens on {settings.host}:{settings.port}", "little-bell serve")
    elif is_ours(answer.body):
        yield ok("port", f"Little Bell answers on {settings.host}:{settings.port}")
    else:
        yield fail("port", f"another program listens on {settings.host}:{settings.port}", "stop it, or choose another LITTLE_BELL_PORT")
    yield from _base_url(settings, is_serving=is_ours(answer.body))


def _base_url(settings: Settings, is_serving: bool) -> Iterator[Finding]:
    """All steps of the self-test in one line where all is well, and else those that aren't."""
    base = settings.base_url
    if not is_serving:
        yield warn("base URL", f"{base} wasn't asked: no server runs here", "little-bell serve, then ask again")
        return
    if not (settings.secret_key or (settings.data_dir / FILE).exists()):
        yield warn("base URL", f"{base} wasn't asked: there is no key to sign with", "let doctor see the server's data folder")
        return
    found = list(steps(base, Addresses(base, key_ring(settings))))
    wrong = [one for one in found if one.level is not Level.OK]
    yield from (Finding(one.level, "base URL", f"{one.name}: {one.said}", one.mend) for one in wrong)
    if not wrong:
        yield ok("base URL", f"{base} answers, and knows our signatures")
