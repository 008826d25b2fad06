"""People and their passwords."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import StringConstraints
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from little_bell.actions.audit import note
from little_bell.actions.forms import LINE, Email, Form, fill
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.models import now
from little_bell.models.tables import sessions, users

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_024
#: OWASP's first recommendation for argon2id; pwdlib's own default takes 64 MB for each sign-in.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))


class Profile(Form):
    """What people say of themselves."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=LINE)] = ""


class NewUser(Profile):
    """A person who is to sign in."""

    email: Email
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


def set_name(connection: Connection, user_id: int, name: str, actor: str) -> None:
    """What others here call the user. Raises NotFound, Invalid."""
    wanted = fill(Profile, {"name": name}).name
    changed = update(users).where(users.c.id == user_id).values(name=wanted).returning(users.c.email)
    email = connection.execute(changed).scalar()
    if email is None:
        raise NotFound("there is no such user", "user_id")
    note(connection, None, actor, "user.renamed", email)


def set_password(connection: Connection, user_id: int, password_hash: str, actor: str, keep_session: int | None = None) -> None:
    """Store what hash_password gave, and end the user's sessions but for `keep_session`. Raises NotFound."""
    changed = update(users).where(users.c.id == user_id).values(password_hash=password_hash).returning(users.c.email)
    email = connection.execute(changed).scalar()
    if email is None:
        raise NotFound("there is no such user", "user_id")
    others = delete(sessions).where(sessions.c.user_id == user_id)
    connection.execute(others if keep_session is None else others.where(sessions.c.id != keep_session))
    note(connection, None, actor, "user.password_changed", email)


def set_operator(connection: Connection, user_id: int, is_operator: bool, actor: str) -> None:
    """Let the user own the tenants of this installation, or no longer. Raises NotFound, Conflict for the last operator."""
    operators = connection.execute(select(users.c.id).where(users.c.is_operator).with_for_update()).scalars().all()
    if not is_operator and list(operators) == [user_id]:
        raise Conflict("an installation needs an operator", "user_id")
    changed = update(users).where(users.c.id == user_id).values(is_operator=is_operator).returning(users.c.email)
    email = connection.execute(changed).scalar()
    if email is None:
        raise NotFound("there is no such user", "user_id")
    note(connection, None, actor, "user.operator" if is_operator else "user.no_operator", email)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
