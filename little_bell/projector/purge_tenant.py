"""What a deleted tenant leaves once its campaigns are purged: everything that is its own, some hundred rows at a time."""

from sqlalchemy import Connection, Table, delete, select, tuple_, update

from little_bell.models import metadata
from little_bell.models.tables import audit_log, campaigns, tenant_slugs, tenants

#: Rows a step purges.
STEP = 500
#: These stay: the slugs are taken for good, and who deleted the tenant can be read.
KEPT = (tenants, tenant_slugs, audit_log)
#: Children before those that they refer to.
OWN: tuple[Table, ...] = tuple(table for table in reversed(metadata.sorted_tables) if "tenant_id" in table.c and table not in KEPT)
GONE = ""  # a name that nobody can choose
_has_campaigns = select(campaigns.c.id).where(campaigns.c.tenant_id == tenants.c.id).exists()
TENANTS_TO_PURGE = (
    select(tenants.c.id).where(tenants.c.deleted_at.is_not(None), tenants.c.name != GONE, ~_has_campaigns).order_by(tenants.c.id).limit(1)
)


def purge_tenant_step(connection: Connection) -> int:
    """Purge some rows of a deleted tenant; how many. When nothing is left its name goes too, and it isn't looked at again."""
    tenant_id = connection.execute(TENANTS_TO_PURGE).scalar()
    if tenant_id is None:
        return 0
    for table in OWN:
        gone = _purge_some(connection, table, int(tenant_id))
        if gone:
            return gone
    connection.execute(update(tenants).where(tenants.c.id == tenant_id).values(name=GONE, allowed_hosts=[]))
    return 1


def _purge_some(connection: Connection, table: Table, tenant_id: int) -> int:
    key = tuple(table.primary_key.columns)
    some = select(*key).where(table.c.tenant_id == tenant_id).limit(STEP)
    rows = [tuple(row) for row in connection.execute(some)]
    if rows:
        connection.execute(delete(table).where(tuple_(*key).in_(rows)))
    return len(rows)
