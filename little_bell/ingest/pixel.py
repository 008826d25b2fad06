"""The pixel: whatever happens, the reader gets the image. Failure is our count, not their broken picture."""

import time
from typing import TYPE_CHECKING

from little_bell.domain.tokens import is_token
from little_bell.ingest.answers import Send, send_gif
from little_bell.ingest.facts import Scope, read_facts
from little_bell.journal.records import Hit

if TYPE_CHECKING:
    from little_bell.ingest.app import Parts


class Pixel:
    """GET and HEAD /track/pixel/{token}[.gif]. The token is 128 random bits or the sender's own: it is the authority."""

    kind = "opened"
    methods = frozenset({"GET", "HEAD"})
    allow = b"GET, HEAD"

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, token: str, is_head: bool, send: Send) -> None:
        parts = self._parts
        token = token.removesuffix(".gif")
        if is_token(token):
            facts = read_facts(scope, parts.trusted)
            hit = Hit("opened", token, time.time_ns() // 1000, 0, True, is_head, facts.address, facts.agent, facts.purpose)
            reason = await parts.journal.add(hit)
        else:
            reason = "bad_token"
        if reason is not None:
            parts.counters.drops[reason] += 1
        await send_gif(send, is_head)
