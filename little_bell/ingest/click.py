"""A followed link: signed, it redirects without asking anybody; unsigned, the database or the reader decides."""

import time
from html import escape
from typing import TYPE_CHECKING

from little_bell.domain.links import LINK, host_of, location, parse_query, position_in, signer, why_refused
from little_bell.domain.tokens import is_email_token
from little_bell.ingest.answers import Send, send_json, send_page, send_redirect
from little_bell.ingest.facts import Facts, Scope, read_facts
from little_bell.journal.records import Hit

if TYPE_CHECKING:
    from little_bell.ingest.app import Parts


class Click:
    """GET and HEAD /track/redirect/{token}?url=…&s=…"""

    kind = "clicked"
    methods = frozenset({"GET", "HEAD"})
    allow = b"GET, HEAD"

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, token: str, is_head: bool, send: Send) -> None:
        facts = read_facts(scope, self._parts.trusted)
        query = parse_query(scope["query_string"])
        url = query.get("url", "")
        refused = why_refused(url) if url else "it has no destination"
        if refused is not None:
            await self._refuse(send, refused, facts, is_head)
            return
        tenant_id = signer(self._parts.ring, LINK, query.get("s", ""), token, url)
        if tenant_id is None and self._is_trackable(token):
            tenant_id = await self._parts.resolve(token, url)
        if tenant_id is None:
            await self._record(facts, token, url, None, is_head, 0)
            await self._ask(send, url, facts, is_head)
        elif self._parts.tenants.is_stopped(tenant_id):
            self._parts.counters.drops["suspended"] += 1
            await self._stop(send, facts, is_head)
        else:
            await self._record(facts, token, url, tenant_id, is_head, position_in(query))
            if facts.wants_json:
                await send_json(send, 200, {"redirect": url, "tracked": True}, is_head)
            else:
                await send_redirect(send, location(url))

    def _is_trackable(self, token: str) -> bool:
        return self._parts.tenants.may_be_token(token) or is_email_token(token)

    async def _record(self, facts: Facts, token: str, url: str, tenant_id: int | None, is_head: bool, position: int) -> None:
        reason: str | None = "bad_token"
        if self._is_trackable(token):
            if not _is_text(url):
                url = location(url)
            hit = Hit(
                "clicked", token, _now(), tenant_id or 0, tenant_id is not None, is_head, facts.address, facts.agent, facts.purpose, url,
                position,
            )  # fmt: skip
            reason = await self._parts.journal.add(hit)
        if reason is not None:
            self._parts.counters.drops[reason] += 1

    async def _refuse(self, send: Send, reason: str, facts: Facts, is_head: bool) -> None:
        self._parts.counters.drops["refused_url"] += 1
        if facts.wants_json:
            error = {"error": {"code": "malformed", "message": f"This link can't be followed: {reason}.", "field": "url"}}
            await send_json(send, 400, error, is_head)
        else:
            content = f"<p>We don't lead you there, because {escape(reason)}.</p>"
            await send_page(send, 400, "This link can't be followed", content, is_head)

    async def _ask(self, send: Send, url: str, facts: Facts, is_head: bool) -> None:
        if facts.wants_json:
            await send_json(send, 200, {"redirect": url, "tracked": False}, is_head)
            return
        shown = escape(url.encode("utf-8", "replace").decode())
        content = (
            "<p>The sender of your mail didn't sign this link, so we can't vouch for it. "
            f"It leads to <b>{escape(host_of(url) or '')}</b>:</p>"
            f'<code>{shown}</code><p>Go on only if you know the address.</p><p><a class="go" rel="noreferrer nofollow" '
            f'href="{escape(location(url))}">Go there</a></p>'
        )
        await send_page(send, 200, "Do you want to go there?", content, is_head)

    async def _stop(self, send: Send, facts: Facts, is_head: bool) -> None:
        if facts.wants_json:
            error = {"error": {"code": "not_found", "message": "This link is no longer active.", "field": None}}
            await send_json(send, 404, error, is_head)
        else:
            await send_page(send, 404, "This link is no longer active", "<p>Its sender's account has been suspended.</p>", is_head)


def _is_text(url: str) -> bool:
    """Whether a URL is UTF-8: the bytes of one that isn't can't be stored as text, but encoded."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return False
    return True


def _now() -> int:
    return time.time_ns() // 1000
