"""Sign-ins: the cookie holds a secret, the table its hash, and nothing else says who somebody is."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from little_bell.domain.errors import Forbidden, NotFound
from little_bell.domain.tokens import digest
from little_bell.models import now
from little_bell.models.tables import memberships, sessions, tenants, users

COOKIE = "lb_session"
LIFETIME = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who is signed in, where, and as what; `tenant` is the slug."""

    session_id: int
    user_id: int
    email: str
    name: str
    is_operator: bool
    tenant_id: int
    tenant: str
    tenant_name: str
    time_zone: str
    is_suspended: bool
    role: str


def sign_in(connection: Connection, user_id: int, agent: str = "", tenant_id: int | None = None) -> str:
    """The secret of a new session in `tenant_id`, else in the user's first tenant. Raises Forbidden for no member.

    The caller has checked the password.
    """
    moment = now()
    theirs = (
        select(memberships.c.tenant_id)
        .join_from(memberships, tenants, tenants.c.id == memberships.c.tenant_id)
        .where(memberships.c.user_id == user_id, tenants.c.deleted_at.is_(None))
        .order_by(memberships.c.created_at, memberships.c.tenant_id)
    )
    if tenant_id is not None:
        theirs = theirs.where(memberships.c.tenant_id == tenant_id)
    where = connection.execute(theirs.limit(1)).scalar()
    if where is None:
        raise Forbidden("this account is no member of any tenant")
    connection.execute(delete(sessions).where(sessions.c.expires_at < moment))
    secret = secrets.token_urlsafe(32)
    values = {
        "user_id": user_id,
        "tenant_id": where,
        "secret_hash": digest(secret),
        "created_at": moment,
        "expires_at": moment + LIFETIME,
        "agent": agent[:512],
    }
    connection.execute(insert(sessions).values(**values))
    return secret


def signed_in(connection: Connection, secret: str) -> SignIn | None:
    """Who holds this secret; None if nobody, if it expired, or if they are no member there any more."""
    statement = (
        select(
            sessions.c.id,
            users.c.id,
            users.c.email,
            users.c.name,
            users.c.is_operator,
            tenants.c.id,
            tenants.c.slug,
            tenants.c.name,
            tenants.c.time_zone,
            tenants.c.suspended_at.is_not(None),
            memberships.c.role,
        )
        .join_from(sessions, users, users.c.id == sessions.c.user_id)
        .join(tenants, tenants.c.id == sessions.c.tenant_id)
        .join(memberships, (memberships.c.user_id == users.c.id) & (memberships.c.tenant_id == tenants.c.id))
        .where(sessions.c.secret_hash == digest(secret), sessions.c.expires_at > now(), tenants.c.deleted_at.is_(None))
    )
    row: Any = connection.execute(statement).one_or_none()
    return None if row is None else SignIn(*row)


def switch(connection: Connection, session_id: int, user_id: int, tenant_id: int) -> None:
    """The session is in another of the user's tenants from now on. Raises NotFound for one that they are no member of."""
    theirs = (
        select(memberships.c.tenant_id)
        .join_from(memberships, tenants, tenants.c.id == memberships.c.tenant_id)
        .where(memberships.c.user_id == user_id, memberships.c.tenant_id == tenant_id, tenants.c.deleted_at.is_(None))
    )
    if connection.execute(theirs).first() is None:
        raise NotFound("there is no such tenant", "tenant_id")
    mine = (sessions.c.id == session_id, sessions.c.user_id == user_id)
    connection.execute(update(sessions).where(*mine).values(tenant_id=tenant_id))


def sign_out(connection: Connection, secret: str) -> None:
    """End the session; no matter if there is none."""
    connection.execute(delete(sessions).where(sessions.c.secret_hash == digest(secret)))
