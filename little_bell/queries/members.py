"""Who belongs to a tenant."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.models.tables import memberships, users


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A user's membership."""

    user_id: int
    email: str
    name: str
    role: str
    since: datetime


def list_members(connection: Connection, tenant_id: int, limit: int = 1_000) -> list[MemberRow]:
    """The tenant's members, in the order they joined."""
    statement = (
        select(users.c.id, users.c.email, users.c.name, memberships.c.role, memberships.c.created_at)
        .join_from(memberships, users, users.c.id == memberships.c.user_id)
        .where(memberships.c.tenant_id == tenant_id)
        .order_by(memberships.c.created_at, users.c.id)
        .limit(limit)
    )
    return [MemberRow(*row) for row in connection.execute(statement)]
