"""Who may sign in to a tenant, and as what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.models.tables import memberships, users


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
