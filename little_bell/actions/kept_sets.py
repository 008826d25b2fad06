"""Numbers kept under a name, so that reports can go on showing them: a tenant's own, or all tenants' by whoever runs the installation."""

import re
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import Connection, Table, delete, func, insert, literal, or_, select

from little_bell.actions.audit import note
from little_bell.actions.forms import Form
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.domain.slugs import SLUG
from little_bell.domain.verdicts import RULES
from little_bell.models import EVERYBODY, KEPT, now
from little_bell.models.tables import campaigns, kept_sets, tenants

#: Sets of one tenant; those over all tenants have no limit but the disk of whoever makes them.
MOST_SETS = 50


class NewSet(Form):
    """The name that the present numbers are to be kept under."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=63)]


def keep_numbers(connection: Connection, tenant_id: int, name: str, actor: str) -> str:
    """Keep the tenant's present numbers; the name. Raises Invalid; Conflict for a name that is taken.

    It has to be the first statement of its transaction: all tables are copied as of one moment.
    """
    _see_one_moment(connection)
    mine = select(func.count()).select_from(kept_sets).where(kept_sets.c.tenant_id == tenant_id)
    if connection.execute(mine).scalar_one() >= MOST_SETS:
        raise Invalid(f"a tenant can keep {MOST_SETS} sets; drop one first", "name", code="too_many_sets")
    make_set(connection, name, tenant_id=tenant_id, actor=actor)
    note(connection, tenant_id, actor, "set.kept", name)
    return name


def drop_numbers(connection: Connection, tenant_id: int, name: str, actor: str) -> None:
    """Let go of a set of the tenant's own. Raises NotFound."""
    drop_set(connection, name, tenant_id=tenant_id)
    note(connection, tenant_id, actor, "set.dropped", name)


def make_set(connection: Connection, name: str, rules: int = RULES, *, tenant_id: int = EVERYBODY, actor: str = "") -> int:
    """Copy the present sums of all tenants, or of one; the id of the set. Raises Invalid, Conflict."""
    refuse_name(connection, name, tenant_id)
    values = {"tenant_id": tenant_id, "name": name, "rules": rules, "made_at": now(), "made_by": actor[:320], "is_whole": True}
    set_id = int(connection.execute(insert(kept_sets).values(**values).returning(kept_sets.c.id)).scalar_one())
    for rollup, twin in KEPT.items():
        _copy(connection, rollup, twin, set_id, tenant_id)
    return set_id


def drop_set(connection: Connection, name: str, *, tenant_id: int = EVERYBODY) -> None:
    """Let go of a set over all tenants, or of one. Raises NotFound."""
    mine = (kept_sets.c.tenant_id == tenant_id, kept_sets.c.name == name)
    set_id = connection.execute(delete(kept_sets).where(*mine).returning(kept_sets.c.id)).scalar()
    if set_id is None:
        raise NotFound(f"there is no set {name}", "name")
    whose = [tenant_id] if tenant_id != EVERYBODY else select(tenants.c.id)
    for twin in KEPT.values():
        connection.execute(delete(twin).where(twin.c.tenant_id.in_(whose), twin.c.set_id == set_id))


def refuse_name(connection: Connection, name: str, tenant_id: int = EVERYBODY) -> None:
    """Raises Invalid for a name that can't be one, Conflict for one by which somebody who sees this set knows another."""
    if not re.fullmatch(SLUG, name):
        raise Invalid("the name of a set has 1 to 63 of a-z 0-9 _ - and begins and ends with a letter or a number", "name")
    seen = or_(literal(tenant_id == EVERYBODY), kept_sets.c.tenant_id.in_((EVERYBODY, tenant_id)))
    if connection.execute(select(kept_sets.c.id).where(kept_sets.c.name == name, seen).limit(1)).first() is not None:
        raise Conflict(f"there is a set {name} already; drop it first, or give another name", "name")


def _copy(connection: Connection, rollup: Table, twin: Table, set_id: int, tenant_id: int) -> None:
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    names = [column.name for column in twin.columns if column.name != "set_id"]
    rows = select(literal(set_id), *(rollup.c[name] for name in names)).where(rollup.c.campaign_id.in_(alive))
    if tenant_id != EVERYBODY:
        rows = rows.where(rollup.c.tenant_id == tenant_id)
    connection.execute(insert(twin).from_select(["set_id", *names], rows))


def _see_one_moment(connection: Connection) -> None:
    """On SQLite a writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
