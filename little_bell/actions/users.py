"""People and their passwords, and what they may do in which tenant."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import StringConstraints
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from little_bell.actions.audit import note
from little_bell.actions.forms import LINE, Email, Form
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.events import Role
from little_bell.models import now
from little_bell.models.tables import memberships, sessions, users

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_024
#: OWASP's first recommendation for argon2id; pwdlib's own default takes 64 MB for each sign-in.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))


class NewUser(Form):
    """A person who is to sign in."""

    email: Email
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)] = ""
    password: str
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of a user."""

    user_id: int
    password_hash: str


def create_user(connection: Connection, new: NewUser, actor: str) -> int:
    """The new user's id. Raises Conflict for an address that has an account, Invalid for a poor password."""
    values = {
        "email": new.email.lower(),
        "name": new.name,
        "password_hash": hash_password(new.password),
        "is_operator": new.is_operator,
        "created_at": now(),
    }
    if find_account(connection, new.email) is not None:
        raise Conflict(f"{new.email} has an account already", "email")
    try:
        user_id = int(connection.execute(insert(users).values(**values).returning(users.c.id)).scalar_one())
    except IntegrityError as error:
        raise Conflict(f"{new.email} has an account already", "email") from error
    note(connection, None, actor, "user.created", new.email.lower())
    return user_id


def find_account(connection: Connection, email: str) -> Account | None:
    """The account with this address, in whatever case it is written."""
    row = connection.execute(select(users.c.id, users.c.password_hash).where(users.c.email == email.strip().lower())).one_or_none()
    return None if row is None else Account(*row)


def is_right_password(account: Account | None, password: str) -> bool:
    """Whether it is the account's password; takes as long where there is no account, so that nobody can tell.

    Call it outside of a transaction: it takes some 20 ms on purpose.
    """
    if len(password) > LONGEST_PASSWORD:
        return False
    is_right = _hasher.verify(password, account.password_hash if account else _nobodys_hash())
    return is_right and account is not None


def hash_password(password: str) -> str:
    """What is stored of a password. Raises Invalid for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", "password")
    return _hasher.hash(password)


def set_password(connection: Connection, user_id: int, password_hash: str, actor: str, keep_session: int | None = None) -> None:
    """Store what hash_password gave, and end the user's sessions but for `keep_session`. Raises NotFound."""
    changed = update(users).where(users.c.id == user_id).values(password_hash=password_hash).returning(users.c.email)
    email = connection.execute(changed).scalar()
    if email is None:
        raise NotFound("there is no such user", "user_id")
    others = delete(sessions).where(sessions.c.user_id == user_id)
    connection.execute(others if keep_session is None else others.where(sessions.c.id != keep_session))
    note(connection, None, actor, "user.password_changed", email)


def set_role(connection: Connection, tenant_id: int, user_id: int, role: Role, actor: str) -> None:
    """Make the user a member, or give the member another role."""
    these = (memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id)
    if connection.execute(update(memberships).where(*these).values(role=str(role))).rowcount == 0:
        values = {"tenant_id": tenant_id, "user_id": user_id, "role": str(role), "created_at": now()}
        connection.execute(insert(memberships).values(**values))
    note(connection, tenant_id, actor, "member.role", f"{user_id} {role}")


def remove_member(connection: Connection, tenant_id: int, user_id: int, actor: str) -> None:
    """They are no member any more, and signed out here. Raises NotFound."""
    these = (memberships.c.tenant_id == tenant_id, memberships.c.user_id == user_id)
    if connection.execute(delete(memberships).where(*these)).rowcount == 0:
        raise NotFound("there is no such member", "user_id")
    connection.execute(delete(sessions).where(sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id))
    note(connection, tenant_id, actor, "member.removed", str(user_id))


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
