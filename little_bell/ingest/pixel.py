"""The pixel: whatever happens, the reader gets the image. Failure is our count, not their broken picture."""

import time
from typing import TYPE_CHECKING

from little_bell.domain.links import PIXEL, parse_query, signer
from little_bell.domain.tokens import is_email_token
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
        token = token.removesuffix(".gif")
        if self._parts.tenants.may_be_token(token):
            reason = await self._record(scope, token, 0, True, is_head)
        elif is_email_token(token):
            reason = await self._record_email(scope, token, is_head)
        else:
            reason = "bad_token"
        if reason is not None:
            self._parts.counters.drops[reason] += 1
        await send_gif(send, is_head)

    async def _record_email(self, scope: Scope, token: str, is_head: bool) -> str | None:
        """Its token can be guessed, so a signature has to say that we made the address, unless its tenant takes it without."""
        tenant_id = int(token.partition("/")[0])
        signature = parse_query(scope["query_string"]).get("s", "")
        is_signed = signer(self._parts.ring, PIXEL, signature, token) == tenant_id or self._is_welcome(token)
        return await self._record(scope, token, tenant_id if is_signed else 0, is_signed, is_head)

    def _is_welcome(self, token: str) -> bool:
        tenant_id, _, email_id = token.partition("/")
        return self._parts.tenants.accepts_unsigned(int(tenant_id), int(email_id))

    async def _record(self, scope: Scope, token: str, tenant_id: int, is_signed: bool, is_head: bool) -> str | None:
        facts = read_facts(scope, self._parts.trusted)
        hit = Hit("opened", token, time.time_ns() // 1000, tenant_id, is_signed, is_head, facts.address, facts.agent, facts.purpose)
        return await self._parts.journal.add(hit)
