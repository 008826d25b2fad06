"""One-click unsubscribe (RFC 8058): only POST acts, because scanners follow every link of a mail; GET asks."""

import time
from html import escape
from typing import TYPE_CHECKING

from little_bell.domain.links import UNSUBSCRIBE, parse_query, signer
from little_bell.domain.tokens import is_trackable
from little_bell.ingest.answers import Send, send_page
from little_bell.ingest.facts import Scope, read_facts
from little_bell.journal.records import Hit

if TYPE_CHECKING:
    from little_bell.ingest.app import Parts

INCOMPLETE = (
    "<p>Mail programs sometimes cut the end of a long link off. Open the link from your mail once more, or use the "
    "“Unsubscribe” that your mail program shows beside the sender.</p>"
)
ASKED = "<p>The address that this mail went to will get no more mail from this sender. Nothing happens before you press the button.</p>"
DONE = (
    "<p>The address that this mail went to will get no more mail from this sender. What was on its way already may still arrive.</p>"
    "<p>If it was a mistake, ask the sender to take you back.</p>"
)
FAILED = "<p>We can't store it just now, so you are not unsubscribed yet. Please try again in a minute.</p>"


class Unsubscribe:
    """GET, HEAD and POST /track/unsubscribe/{token}?s=…

    The signature is always asked for: senders may choose tokens that can be guessed.
    """

    kind = "unsubscribed"
    methods = frozenset({"GET", "HEAD", "POST"})
    allow = b"GET, HEAD, POST"

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, token: str, is_head: bool, send: Send) -> None:
        signature = parse_query(scope["query_string"]).get("s", "")
        tenant_id = signer(self._parts.ring, UNSUBSCRIBE, signature, token) if is_trackable(token) else None
        if tenant_id is None:
            await send_page(send, 404, "This link isn't complete", INCOMPLETE, is_head)
        elif scope["method"] == "POST":
            await self._act(scope, token, tenant_id, send)
        else:
            action = f"/track/unsubscribe/{escape(token)}?s={escape(signature)}"
            form = f'<form method="post" action="{action}"><button>Unsubscribe</button></form>'
            await send_page(send, 200, "Unsubscribe?", ASKED + form, is_head)

    async def _act(self, scope: Scope, token: str, tenant_id: int, send: Send) -> None:
        facts = read_facts(scope, self._parts.trusted)
        hit = Hit("unsubscribed", token, time.time_ns() // 1000, tenant_id, True, False, facts.address, facts.agent, facts.purpose)
        reason = await self._parts.journal.add(hit)
        if reason is None:
            await send_page(send, 200, "You are unsubscribed", DONE, False)
        else:  # unlike an open this must not be lost: the mail client tries again
            await send_page(send, 503, "Please try again", FAILED, False, [(b"retry-after", b"30")])
