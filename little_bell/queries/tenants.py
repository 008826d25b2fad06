"""Tenants by the slug that names them."""

from sqlalchemy import Connection, select

from little_bell.models.tables import tenants


def find_tenant(connection: Connection, slug: str) -> int | None:
    """The id of the tenant with this slug; None if there is none."""
    found = connection.execute(select(tenants.c.id).where(tenants.c.slug == slug, tenants.c.deleted_at.is_(None))).scalar()
    return None if found is None else int(found)
