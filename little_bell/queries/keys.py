"""API keys as their owners see them: never the secret, which is kept as a hash alone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.models.tables import api_keys
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that opens something: revoked ones are not listed."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None


def list_keys(connection: Connection, tenant_id: int) -> list[KeyRow]:
    """The tenant's keys, the newest first."""
    these = (api_keys.c.tenant_id == tenant_id, api_keys.c.revoked_at.is_(None))
    statement = select(*columns_of(api_keys, KeyRow)).where(*these).order_by(api_keys.c.id.desc())
    return [KeyRow(*row) for row in connection.execute(statement)]
