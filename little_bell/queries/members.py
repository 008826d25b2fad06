"""Who may sign in to a tenant, and as what."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from little_bell.models import now
from little_bell.models.tables import invitations, memberships, tenants, users
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user with their role in the tenant."""

    user_id: int
    email: str
    name: str
    role: str
    since: datetime


def list_members(connection: Connection, tenant_id: int) -> list[MemberRow]:
    """The tenant's members by address."""
    statement = (
        select(users.c.id, users.c.email, users.c.name, memberships.c.role, memberships.c.created_at)
        .join_from(memberships, users, users.c.id == memberships.c.user_id)
        .where(memberships.c.tenant_id == tenant_id)
        .order_by(users.c.email)
    )
    return [MemberRow(*row) for row in connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody who was asked in and hasn't come yet."""

    id: int
    email: str
    role: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account, and the slugs of the tenants that it is a member of."""

    id: int
    email: str
    name: str
    is_operator: bool
    created_at: datetime
    tenants: list[str]


def list_invitations(connection: Connection, tenant_id: int) -> list[InvitationRow]:
    """Invitations that are still good, by address."""
    these = (invitations.c.tenant_id == tenant_id, invitations.c.expires_at > now())
    statement = select(*columns_of(invitations, InvitationRow)).where(*these).order_by(invitations.c.email)
    return [InvitationRow(*row) for row in connection.execute(statement)]


def list_users(connection: Connection) -> list[UserRow]:
    """All accounts by address: for those who run the installation."""
    slugs: defaultdict[int, list[str]] = defaultdict(list)
    joined = memberships.join(tenants, tenants.c.id == memberships.c.tenant_id)
    for row in connection.execute(select(memberships.c.user_id, tenants.c.slug).select_from(joined).order_by(tenants.c.slug)):
        slugs[row.user_id].append(row.slug)
    statement = select(*columns_of(users, UserRow)).order_by(users.c.email)
    found: list[Any] = [[*row, slugs[row.id]] for row in connection.execute(statement)]
    return [UserRow(*values) for values in found]
