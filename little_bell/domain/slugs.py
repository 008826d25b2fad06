"""The words that name tenants, and which addresses are theirs."""

import re

DEFAULT = "default"
SLUG = "[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_IS_SLUG = re.compile(SLUG)

#: First parts of addresses that are ours, now or as far as can be foreseen.
# fmt: off
RESERVED = frozenset({
    "_event", "_health", "_upload", "about", "account", "admin", "alerts", "api", "app", "assets", "audience", "auth", "billing",
    "bounces", "builder", "campaign", "campaigns", "complaints", "dashboard", "docs", "events", "export", "favicon", "health", "help",
    "home", "import", "index", "ingest", "invitations", "invite", "join", "js", "link", "links", "login", "logout", "message",
    "messages", "metrics", "openapi", "overview", "ping", "pixel", "privacy", "public", "ready", "recipients", "redirect", "review",
    "root", "search", "segments", "settings", "setup", "sign-in", "signin", "signup", "static", "status", "styles", "support",
    "suppressions", "tenant", "tenants", "terms", "track", "unsubscribe", "user", "users", "webhook", "webhooks", "www",
})
# fmt: on
#: What follows a tenant's slug in the addresses that are not pages.
ROUTES = frozenset({"emails", "pixel", "click", "click-url", "dashboard"})


def is_slug(text: str) -> bool:
    """Whether a tenant may be called so."""
    return text not in RESERVED and _IS_SLUG.fullmatch(text) is not None


def is_a_tenants_route(path: str) -> bool:
    """Whether a path is /{tenant}/emails or one of its kin, whoever the tenant is."""
    _, slug, route, *_ = [*path.split("/", 3), "", ""]
    return route in ROUTES and is_slug(slug)
