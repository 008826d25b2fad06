"""The addresses of a tenant's e-mails, /{tenant}/pixel/{id}.gif and /{tenant}/click/{id}: the same pixel, the same click."""

from typing import TYPE_CHECKING

from little_bell.domain.slugs import is_slug
from little_bell.domain.tokens import email_token
from little_bell.ingest.answers import Send
from little_bell.ingest.facts import Scope

if TYPE_CHECKING:
    from little_bell.ingest.app import Parts, Route

#: What stands for the token of an e-mail that can't be.
NOBODYS = "-"
LONGEST_ID = 19


def email_route(path: str) -> tuple[str, str, str] | None:
    """Slug, route and e-mail id in a path; None if it isn't one of ours."""
    if path.count("/") != 3:
        return None
    _, slug, route, email_id = path.split("/")
    return (slug, route, email_id) if route in ("pixel", "click") and is_slug(slug) else None


class Email:
    """Hands over to `route`, with the token that the slug and the id stand for."""

    def __init__(self, parts: "Parts", route: "Route") -> None:
        self._parts = parts
        self._route = route
        self.kind, self.methods, self.allow = route.kind, route.methods, route.allow

    async def __call__(self, scope: Scope, token: str, is_head: bool, send: Send) -> None:
        _, slug, _, email_id = token.split("/")  # the whole path
        await self._route(scope, self._token(slug, email_id.removesuffix(".gif")), is_head, send)

    def _token(self, slug: str, email_id: str) -> str:
        tenant_id = self._parts.tenants.find(slug)
        if tenant_id is None:
            self._parts.counters.drops["unknown_tenant"] += 1
            return NOBODYS
        is_id = email_id.isascii() and email_id.isdigit() and email_id[0] != "0" and len(email_id) <= LONGEST_ID
        return email_token(tenant_id, int(email_id)) if is_id else NOBODYS
