"""Tenants: made, changed, suspended, deleted. Their slugs are part of addresses, so some words are not to be had."""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from little_bell.actions.audit import note
from little_bell.actions.forms import Form, Name, fill
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.links import host_of
from little_bell.domain.slugs import DEFAULT, RESERVED, SLUG
from little_bell.models import now
from little_bell.models.tables import api_keys, campaigns, invitations, memberships, sessions, tenant_slugs, tenants


def _slug(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f"{value!r} is a part of our own addresses")
    return value


Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$"), AfterValidator(_slug)]


class NewTenant(Form):
    """A tenant to create; its name is its slug if none is given."""

    slug: Slug
    name: Name | None = None


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone such as Europe/Vienna")
    return value


def _host(value: str) -> str:
    host = host_of(f"http://{value}")
    if not host or any(part in value for part in "/@:?#"):
        raise ValueError(f"{value!r} is no host such as shop.example.com")
    return host


Host = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=253), AfterValidator(_host)]


class TenantChanges(Form):
    """What to change of a tenant; fields that aren't named stay as they are."""

    name: Name | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None
    ip_policy: Literal["truncate", "full", "none"] | None = None
    retention_days: Annotated[int, Field(ge=0, le=36_500)] | None = None
    allowed_hosts: Annotated[list[Host], Field(max_length=200)] | None = None
    accepts_unsigned_ids: bool | None = None


def create_tenant(connection: Connection, new: NewTenant, actor: str) -> int:
    """The new tenant's id. Raises Conflict for a slug that is or was another's."""
    _refuse_taken(connection, new.slug)
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
        connection.execute(insert(tenant_slugs).values(slug=new.slug, tenant_id=tenant_id))
    except IntegrityError as error:
        raise _taken(new.slug) from error
    note(connection, tenant_id, actor, "tenant.created", new.slug)
    return tenant_id


def change_tenant(connection: Connection, tenant_id: int, changes: TenantChanges, actor: str) -> None:
    """Change the fields that `changes` names. Raises NotFound, Invalid for a field that is taken away."""
    values = changes.model_dump(exclude_unset=True)
    empty = next((name for name, value in values.items() if value is None), None)
    if empty:
        raise Invalid(f"a tenant needs its {empty}", empty)
    if values:
        _change(connection, tenant_id, actor, "tenant.changed", ", ".join(sorted(values)), values)


def move_tenant(connection: Connection, tenant_id: int, slug: str, actor: str) -> None:
    """Give it another slug. The old one goes on working and is never given to another. Raises NotFound, Conflict, Invalid."""
    slug = fill(NewTenant, {"slug": slug}).slug
    before = connection.execute(select(tenants.c.slug).where(tenants.c.id == tenant_id)).scalar()
    _refuse_taken(connection, slug, but=tenant_id)
    if connection.execute(select(tenant_slugs.c.slug).where(tenant_slugs.c.slug == slug)).first() is None:
        try:
            connection.execute(insert(tenant_slugs).values(slug=slug, tenant_id=tenant_id))
        except IntegrityError as error:
            raise _taken(slug) from error
    _change(connection, tenant_id, actor, "tenant.moved", f"{before} → {slug}", {"slug": slug})


def suspend_tenant(connection: Connection, tenant_id: int, actor: str) -> None:
    """Its keys open nothing and its links stop redirecting, until it is resumed. Raises NotFound."""
    _change(connection, tenant_id, actor, "tenant.suspended", "", {"suspended_at": now()})


def resume_tenant(connection: Connection, tenant_id: int, actor: str) -> None:
    """End its suspension. Raises NotFound."""
    _change(connection, tenant_id, actor, "tenant.resumed", "", {"suspended_at": None})


def delete_tenant(connection: Connection, tenant_id: int, actor: str) -> None:
    """Nobody gets in any more from now on; the projector purges what is there in small steps. Its slugs stay taken.

    Raises NotFound, and Conflict for the one that is worked on where none is named.
    """
    moment = now()
    slugs = connection.execute(select(tenant_slugs.c.slug).where(tenant_slugs.c.tenant_id == tenant_id)).scalars().all()
    if DEFAULT in slugs:
        raise Conflict(f"the tenant {DEFAULT!r} stays: commands and webhooks that name none work on it", "slug")
    _change(connection, tenant_id, actor, "tenant.deleted", ", ".join(slugs), {"deleted_at": moment})
    for table in (sessions, invitations, memberships):
        connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
    mine = (campaigns.c.tenant_id == tenant_id, campaigns.c.deleted_at.is_(None))
    connection.execute(update(campaigns).where(*mine).values(deleted_at=moment))
    connection.execute(update(api_keys).where(api_keys.c.tenant_id == tenant_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=moment))


def _taken(slug: str) -> Conflict:
    return Conflict(f"there is, or was, a tenant {slug!r}", "slug")


def _refuse_taken(connection: Connection, slug: str, but: int | None = None) -> None:
    of_another = select(tenant_slugs.c.tenant_id).where(tenant_slugs.c.slug == slug)
    owner = connection.execute(of_another).scalar()
    if owner is not None and owner != but:
        raise _taken(slug)


def _change(connection: Connection, tenant_id: int, actor: str, action: str, subject: str, values: dict[str, object]) -> None:
    this = update(tenants).where(tenants.c.id == tenant_id, tenants.c.deleted_at.is_(None))
    if connection.execute(this.values(**values)).rowcount == 0:
        raise NotFound("there is no such tenant", "tenant_id")
    note(connection, tenant_id, actor, action, subject)
