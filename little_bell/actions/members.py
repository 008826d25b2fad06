"""Who belongs to a tenant and what they may do there. A tenant never loses its last owner."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from little_bell.actions.audit import note
from little_bell.actions.forms import Email, Form
from little_bell.actions.users import Account, NewUser, create_user
from little_bell.domain.errors import Conflict, NotFound
from little_bell.domain.events import Role
from little_bell.domain.tokens import digest
from little_bell.models import now
from little_bell.models.tables import invitations, memberships, sessions, tenants, users

INVITED_FOR = timedelta(days=7)


class NewInvitation(Form):
    """Somebody to ask in."""

    email: Email
    role: Role


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that is still good."""

    tenant_id: int
    tenant: str
    email: str
    role: str


def set_role(connection: Connection, tenant_id: int, user_id: int, role: Role, actor: str) -> None:
    """Make the user a member, or give the member another role. Raises Conflict for the last owner's."""
    these = (memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id)
    if role is not Role.OWNER:
        _keep_an_owner(connection, tenant_id, user_id)
    if connection.execute(update(memberships).where(*these).values(role=str(role))).rowcount == 0:
        values = {"tenant_id": tenant_id, "user_id": user_id, "role": str(role), "created_at": now()}
        connection.execute(insert(memberships).values(**values))
    note(connection, tenant_id, actor, "member.role", f"{_address(connection, user_id)} {role}")


def change_role(connection: Connection, tenant_id: int, user_id: int, role: Role, actor: str) -> None:
    """Give a member another role. Raises NotFound for who is none, Conflict for the last owner."""
    _check_member(connection, tenant_id, user_id)
    set_role(connection, tenant_id, user_id, role, actor)


def remove_member(connection: Connection, tenant_id: int, user_id: int, actor: str) -> None:
    """They are no member any more, and signed out here. Raises NotFound, Conflict for the last owner."""
    _check_member(connection, tenant_id, user_id)
    _keep_an_owner(connection, tenant_id, user_id)
    connection.execute(delete(memberships).where(memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id))
    connection.execute(delete(sessions).where(sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id))
    note(connection, tenant_id, actor, "member.removed", _address(connection, user_id))


def invite(connection: Connection, tenant_id: int, form: NewInvitation, actor: str) -> str:
    """The secret that makes the holder a member, once they have the address's password or choose one. Raises Conflict for a member.

    An earlier invitation of the same address ends. Whether the address has an account isn't told: owners of other tenants ask, too.
    """
    email, moment = form.email.lower(), now()
    is_member = (
        select(users.c.id)
        .join_from(users, memberships, memberships.c.user_id == users.c.id)
        .where(users.c.email == email, memberships.c.tenant_id == tenant_id)
    )
    if connection.execute(is_member).first() is not None:
        raise Conflict(f"{email} is a member already", "email")
    connection.execute(delete(invitations).where(invitations.c.tenant_id == tenant_id, invitations.c.email == email))
    connection.execute(delete(invitations).where(invitations.c.expires_at < moment))
    secret = secrets.token_urlsafe(32)
    values = {
        "tenant_id": tenant_id,
        "email": email,
        "role": str(form.role),
        "secret_hash": digest(secret),
        "created_at": moment,
        "expires_at": moment + INVITED_FOR,
    }
    connection.execute(insert(invitations).values(**values))
    note(connection, tenant_id, actor, "member.invited", f"{email} {form.role}")
    return secret


def withdraw(connection: Connection, tenant_id: int, invitation_id: int, actor: str) -> None:
    """The invitation opens nothing from now on. Raises NotFound."""
    this = (invitations.c.tenant_id == tenant_id, invitations.c.id == invitation_id)
    email = connection.execute(select(invitations.c.email).where(*this)).scalar()
    if connection.execute(delete(invitations).where(*this)).rowcount == 0:
        raise NotFound("there is no such invitation", "invitation_id")
    note(connection, tenant_id, actor, "member.uninvited", str(email))


def find_invitation(connection: Connection, secret: str) -> Invited | None:
    """What this secret opens; None if nothing any more."""
    statement = (
        select(invitations.c.tenant_id, tenants.c.name, invitations.c.email, invitations.c.role)
        .join_from(invitations, tenants, tenants.c.id == invitations.c.tenant_id)
        .where(invitations.c.secret_hash == digest(secret), invitations.c.expires_at > now(), tenants.c.deleted_at.is_(None))
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else Invited(*row)


def accept(connection: Connection, secret: str, account: Account | None, password: str) -> Invited:
    """Make the invited address's account a member: `account`, whose password the caller has checked, or a new one with `password`.

    Raises NotFound for an invitation that ended, Conflict for an account made meanwhile, Invalid for a poor password.
    """
    asked = find_invitation(connection, secret)
    if asked is None:
        raise NotFound("this invitation has ended; ask for another")
    user_id = account.user_id if account else create_user(connection, NewUser(email=asked.email, password=password), asked.email)
    set_role(connection, asked.tenant_id, user_id, Role(asked.role), asked.email)
    connection.execute(delete(invitations).where(invitations.c.secret_hash == digest(secret)))
    return asked


def _check_member(connection: Connection, tenant_id: int, user_id: int) -> None:
    these = (memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id)
    if connection.execute(select(memberships.c.role).where(*these)).first() is None:
        raise NotFound("there is no such member", "user_id")


def _keep_an_owner(connection: Connection, tenant_id: int, user_id: int) -> None:
    """Raises Conflict if the user is the only owner. The tenant's row is locked: two owners can't both leave at once."""
    connection.execute(select(tenants.c.id).where(tenants.c.id == tenant_id).with_for_update())
    owners = select(memberships.c.user_id).where(memberships.c.tenant_id == tenant_id, memberships.c.role == str(Role.OWNER))
    if connection.execute(owners).scalars().all() == [user_id]:
        raise Conflict("a tenant needs an owner: make somebody else one first", "user_id")


def _address(connection: Connection, user_id: int) -> str:
    return str(connection.execute(select(users.c.email).where(users.c.id == user_id)).scalar())
