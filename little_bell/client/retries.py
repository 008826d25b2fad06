"""When a request is sent again, and after how long."""

import random

import httpx

#: A server that is going down, coming up, busy, or behind a proxy that can't reach it just now.
PASSING = frozenset({429, 502, 503, 504})
FIRST_SECONDS, LONGEST_SECONDS = 0.25, 20.0
Outcome = httpx.Response | httpx.TransportError


class Attempts:
    """The attempts at one request, `most` in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._made = 0

    @property
    def is_repeated(self) -> bool:
        """Whether the last attempt wasn't the first."""
        return self._made > 1

    def pause_after(self, outcome: Outcome) -> float | None:
        """Seconds to wait before the next attempt; None if this was the last.

        Twice as long each time, or as Retry-After says; shorter by chance, since clients that failed together must not come back together.
        """
        self._made += 1
        if self._made >= self._most or not _is_passing(outcome):
            return None
        longest = min(FIRST_SECONDS * 2.0 ** (self._made - 1), LONGEST_SECONDS)
        return max(longest * random.uniform(0.5, 1), _asked_for(outcome))


def _is_passing(outcome: Outcome) -> bool:
    if isinstance(outcome, httpx.TransportError):
        return not isinstance(outcome, httpx.UnsupportedProtocol | httpx.LocalProtocolError)
    return outcome.status_code in PASSING or _is_still_running(outcome)


def _is_still_running(response: httpx.Response) -> bool:
    """The connection broke while the server was at it: its answer can be had once it is done."""
    return response.status_code == 409 and b'"still_running"' in response.content


def _asked_for(outcome: Outcome) -> float:
    said = outcome.headers.get("retry-after", "") if isinstance(outcome, httpx.Response) else ""
    return min(float(said), LONGEST_SECONDS) if said.isascii() and said.isdigit() else 0.0
