"""Tenants: by the slugs that name them, and as their operator and their members see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import campaigns, memberships, tenant_slugs, tenants
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant with its settings."""

    id: int
    slug: str
    name: str
    time_zone: str
    ip_policy: str
    retention_days: int
    allowed_hosts: list[str]
    accepts_unsigned_ids: bool
    suspended_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TenantSize:
    """How much there is of a tenant."""

    members: int
    campaigns: int


@dataclass(frozen=True, slots=True)
class OwnTenantRow:
    """A tenant that a user is a member of."""

    id: int
    slug: str
    name: str
    role: str


def find_tenant(connection: Connection, slug: str) -> int | None:
    """The id of the tenant that has or had this slug; None if there is none, or no more."""
    statement = select(tenants.c.id).join_from(tenants, tenant_slugs, tenant_slugs.c.tenant_id == tenants.c.id)
    found = connection.execute(statement.where(tenant_slugs.c.slug == slug, tenants.c.deleted_at.is_(None))).scalar()
    return None if found is None else int(found)


def get_tenant(connection: Connection, tenant_id: int) -> TenantRow:
    """One tenant. Raises NotFound, also for one that was deleted."""
    these = (tenants.c.id == tenant_id, tenants.c.deleted_at.is_(None))
    row = connection.execute(select(*columns_of(tenants, TenantRow)).where(*these)).one_or_none()
    if row is None:
        raise NotFound("there is no such tenant", "tenant_id")
    return TenantRow(*row)


def list_tenants(connection: Connection) -> list[TenantRow]:
    """All tenants by slug: for those who run the installation."""
    statement = select(*columns_of(tenants, TenantRow)).where(tenants.c.deleted_at.is_(None)).order_by(tenants.c.slug)
    return [TenantRow(*row) for row in connection.execute(statement)]


def tenant_size(connection: Connection, tenant_id: int) -> TenantSize:
    """How many members and campaigns it has."""
    members = select(func.count()).select_from(memberships).where(memberships.c.tenant_id == tenant_id)
    mine = (campaigns.c.tenant_id == tenant_id, campaigns.c.deleted_at.is_(None))
    batches = select(func.count()).select_from(campaigns).where(*mine)
    return TenantSize(connection.execute(members).scalar_one(), connection.execute(batches).scalar_one())


def tenants_of(connection: Connection, user_id: int) -> list[OwnTenantRow]:
    """The tenants that a user is a member of, by name."""
    statement = (
        select(tenants.c.id, tenants.c.slug, tenants.c.name, memberships.c.role)
        .join_from(memberships, tenants, tenants.c.id == memberships.c.tenant_id)
        .where(memberships.c.user_id == user_id, tenants.c.deleted_at.is_(None))
        .order_by(func.lower(tenants.c.name), tenants.c.id)
    )
    return [OwnTenantRow(*row) for row in connection.execute(statement)]
