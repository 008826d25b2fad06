"""Whether readers reach us under the base URL, step by step. Asks for nothing but our own addresses, and records nothing."""

from collections.abc import Iterator

from little_bell.domain.links import Addresses
from little_bell.selftest.asking import Asking
from little_bell.selftest.finding import Finding, Level
from little_bell.selftest.links import link, unsubscribe
from little_bell.selftest.network import TlsFacts, certificate, place, resolved
from little_bell.selftest.pixel import caching, pixel
from little_bell.selftest.server import server

__all__ = ["Finding", "Level", "TlsFacts", "steps"]


def steps(base_url: str, addresses: Addresses, tenant_id: int = 1) -> Iterator[Finding]:
    """Each step as it was done; ends with the first that makes the others unanswerable. Nothing raises.

    `base_url` is the only host that is asked, and no redirect is followed. The links are signed for the tenant `tenant_id`.
    """
    asking = Asking(base_url)
    yield place(asking)
    for step in (resolved, certificate, server):
        finding = step(asking)
        if finding is not None:
            yield finding
            if finding.level is Level.FAIL:
                return
    yield pixel(asking)
    yield caching(asking)
    yield link(asking, addresses, tenant_id)
    yield unsubscribe(asking, addresses, tenant_id)
