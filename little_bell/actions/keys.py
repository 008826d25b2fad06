"""API keys: shown once, kept as a hash."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from little_bell.actions.audit import note
from little_bell.actions.forms import Form, Name
from little_bell.domain.errors import Forbidden, Invalid, NotFound
from little_bell.domain.events import Scope
from little_bell.domain.tokens import digest, new_key
from little_bell.models import now
from little_bell.models.tables import api_keys, tenants

PREFIX_LENGTH = 11  # lb_ and 8 characters: enough to tell keys apart, nothing to guess the rest from
MARK_USE_EVERY = timedelta(minutes=1)


class NewKeyForm(Form):
    """A key to make; without scopes it may read, write and report events."""

    name: Name
    scopes: tuple[Scope, ...] = (Scope.READ, Scope.WRITE, Scope.EVENTS)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: the only time its secret is seen."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose key it is and what it may do."""

    key_id: int
    prefix: str
    tenant_id: int
    tenant: str
    scopes: frozenset[str]
    use_is_worth_noting: bool


def create_key(connection: Connection, tenant_id: int, form: NewKeyForm, actor: str, secret: str | None = None) -> NewKey:
    """A new key of the tenant. `secret` is for the first run, whose key may be given. Raises Invalid without any scope."""
    if not form.scopes:
        raise Invalid("a key needs at least one scope", "scopes")
    secret = secret or new_key()
    values = {
        "tenant_id": tenant_id,
        "name": form.name,
        "prefix": secret[:PREFIX_LENGTH],
        "secret_hash": digest(secret),
        "scopes": sorted({str(scope) for scope in form.scopes}),
        "created_at": now(),
    }
    key_id = int(connection.execute(insert(api_keys).values(**values).returning(api_keys.c.id)).scalar_one())
    note(connection, tenant_id, actor, "key.created", f"{values['prefix']} {form.name}")
    return NewKey(key_id, secret)


def revoke_key(connection: Connection, tenant_id: int, key_id: int, actor: str) -> None:
    """From now on it opens nothing. Raises NotFound, also for one that was revoked already."""
    these = (api_keys.c.tenant_id == tenant_id, api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
    prefix = connection.execute(select(api_keys.c.prefix).where(*these)).scalar()
    if connection.execute(update(api_keys).where(*these).values(revoked_at=now())).rowcount == 0:
        raise NotFound("there is no such key", "key_id")
    note(connection, tenant_id, actor, "key.revoked", str(prefix))


def find_key(connection: Connection, secret: str) -> KeyHolder | None:
    """Whose key this is; None for an unknown or revoked one. Raises Forbidden for a suspended tenant."""
    key, tenant = api_keys.c, tenants.c
    statement = (
        select(key.id, key.prefix, key.scopes, key.last_used_at, tenant.id, tenant.slug, tenant.suspended_at)
        .join_from(api_keys, tenants, tenant.id == key.tenant_id)
        .where(key.secret_hash == digest(secret), key.revoked_at.is_(None), tenant.deleted_at.is_(None))
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    key_id, prefix, scopes, last_used_at, tenant_id, slug, suspended_at = row
    if suspended_at is not None:
        raise Forbidden("this tenant is suspended", code="suspended")
    is_old = last_used_at is None or now() - last_used_at > MARK_USE_EVERY
    return KeyHolder(key_id, prefix, tenant_id, slug, frozenset(scopes), is_old)


def note_use(connection: Connection, key_id: int) -> None:
    """Remember when the key was last used."""
    connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now()))
