"""Tenants: made, renamed, suspended. Their slugs are part of addresses, so some words are not to be had."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from little_bell.actions.audit import note
from little_bell.actions.forms import Form, Name
from little_bell.domain.errors import Conflict, NotFound
from little_bell.models import now
from little_bell.models.tables import tenants

#: First parts of addresses that are ours, now or as far as can be foreseen.
# fmt: off
RESERVED = frozenset({
    "_event", "_health", "_upload", "about", "account", "admin", "api", "app", "assets", "auth", "billing", "bounces", "campaign",
    "campaigns", "complaints", "dashboard", "docs", "events", "export", "favicon", "health", "help", "home", "import", "index", "ingest",
    "js", "link", "links", "login", "logout", "message", "messages", "metrics", "openapi", "overview", "ping", "pixel", "privacy",
    "public", "ready", "redirect", "review", "root", "search", "settings", "sign-in", "signin", "signup", "static", "status", "support",
    "suppressions", "tenant", "tenants", "terms", "track", "unsubscribe", "user", "users", "webhook", "webhooks", "www",
})
# fmt: on


def _slug(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f"{value!r} is a part of our own addresses")
    return value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$"), AfterValidator(_slug)]


class NewTenant(Form):
    """A tenant to create; its name is its slug if none is given."""

    slug: Slug
    name: Name | None = None


def create_tenant(connection: Connection, new: NewTenant, actor: str) -> int:
    """The new tenant's id. Raises Conflict for a slug that is or was another's."""
    taken = Conflict(f"there is, or was, a tenant {new.slug!r}", "slug")
    if connection.execute(select(tenants.c.id).where(tenants.c.slug == new.slug)).scalar() is not None:
        raise taken
    values = {
        "slug": new.slug,
        "name": new.name or new.slug,
        "time_zone": "UTC",
        "ip_policy": "truncate",
        "allowed_hosts": [],
        "accepts_unsigned_ids": False,
        "created_at": now(),
    }
    try:
        tenant_id = int(connection.execute(insert(tenants).values(**values).returning(tenants.c.id)).scalar_one())
    except IntegrityError as error:
        raise taken from error
    note(connection, tenant_id, actor, "tenant.created", new.slug)
    return tenant_id


def rename_tenant(connection: Connection, tenant_id: int, name: str, actor: str) -> None:
    """Give it another name; its slug stays. Raises NotFound."""
    _change(connection, tenant_id, actor, "tenant.renamed", name, {"name": name})


def suspend_tenant(connection: Connection, tenant_id: int, actor: str) -> None:
    """Its keys open nothing and its links stop redirecting, until it is resumed. Raises NotFound."""
    _change(connection, tenant_id, actor, "tenant.suspended", "", {"suspended_at": now()})


def resume_tenant(connection: Connection, tenant_id: int, actor: str) -> None:
    """End its suspension. Raises NotFound."""
    _change(connection, tenant_id, actor, "tenant.resumed", "", {"suspended_at": None})


def _change(connection: Connection, tenant_id: int, actor: str, action: str, subject: str, values: dict[str, object]) -> None:
    this = update(tenants).where(tenants.c.id == tenant_id, tenants.c.deleted_at.is_(None))
    if connection.execute(this.values(**values)).rowcount == 0:
        raise NotFound("there is no such tenant", "tenant_id")
    note(connection, tenant_id, actor, action, subject)
