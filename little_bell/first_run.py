"""What `serve` makes where nobody can sign in yet: the tenant `default`, its owner, and a key for programs."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Table, exists, func, select

from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.actions.members import set_role
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.actions.users import NewUser, create_user
from little_bell.config import Settings
from little_bell.db import make_engine, writing
from little_bell.domain.events import Role, Scope
from little_bell.models.tables import api_keys, users
from little_bell.queries.tenants import find_tenant

ACTOR = "first run"
TENANT = "default"
#: Of PostgreSQL's locks with a number: nodes of a cluster start together, and the second finds what the first has made.
LOCK = 0x4C42_0005


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was made just now; None where it was there before."""

    email: str | None
    password: str | None
    api_key: str | None


def first_run(settings: Settings) -> Credentials | None:
    """Makes what is missing of tenant, owner and key, and returns their secrets: nobody can show them again.

    None when nothing was missing. Raises Invalid for a poor LITTLE_BELL_ADMIN_PASSWORD.
    """
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        with writing(engine) as connection:
            if connection.dialect.name != "sqlite":  # there one writes at a time
                connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            tenant_id = _tenant(connection)
            password = _owner(connection, tenant_id, settings)
            api_key = _key(connection, tenant_id, settings)
    finally:
        engine.dispose()
    if password is None and api_key is None:
        return None
    return Credentials(settings.admin_email if password else None, password, api_key)


def _tenant(connection: Connection) -> int:
    found = find_tenant(connection, TENANT)
    return create_tenant(connection, NewTenant(slug=TENANT), ACTOR) if found is None else found


def _owner(connection: Connection, tenant_id: int, settings: Settings) -> str | None:
    if connection.execute(select(exists().where(users.c.is_operator))).scalar():  # the demo's user isn't one
        return None
    password = settings.admin_password or secrets.token_urlsafe(12)
    user_id = create_user(connection, NewUser(email=settings.admin_email, password=password, is_operator=True), ACTOR)
    set_role(connection, tenant_id, user_id, Role.OWNER, ACTOR)
    return password


def _key(connection: Connection, tenant_id: int, settings: Settings) -> str | None:
    if _any(connection, api_keys):
        return None
    form = NewKeyForm(name="First key", scopes=tuple(Scope))
    return create_key(connection, tenant_id, form, ACTOR, secret=settings.api_key or None).secret


def _any(connection: Connection, table: Table) -> bool:
    return bool(connection.execute(select(exists().select_from(table))).scalar())
