"""Whether the base URL leads to a Little Bell, and straight."""

import json

from little_bell.selftest.asking import Asking
from little_bell.selftest.finding import Finding, fail, ok

NAME = "Server"


def server(asking: Asking) -> Finding:
    """Asks for /health."""
    answer = asking.ask(f"{asking.base_url}/health")
    if answer.status is None:
        mend = (
            "put LITTLE_BELL_BASE_URL, your firewall or your reverse proxy right; where readers do reach it, "
            "the server alone can't reach its own public address, and needs no mend"
        )
        return fail(NAME, f"{asking.base_url} can't be reached: {answer.why}", mend)
    if answer.status in (301, 302, 303, 307, 308):
        said = f"{asking.base_url} redirects to {answer.headers.get('location', '')[:200]}"
        return fail(NAME, said, "put the address that it redirects to into LITTLE_BELL_BASE_URL: each reader would take the detour")
    if not is_ours(answer.body):
        said = f"{asking.base_url} answers {answer.status}, and not as Little Bell does"
        return fail(NAME, said, "put LITTLE_BELL_BASE_URL, your DNS or your reverse proxy right")
    return ok(NAME, "Little Bell answers, without a detour")


def is_ours(body: bytes) -> bool:
    """Whether this is what /health says."""
    try:
        return bool(json.loads(body)["service"] == "little-bell")
    except (ValueError, KeyError, TypeError):
        return False
