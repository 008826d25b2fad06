"""API keys as settings show them: never their secret."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.models.tables import api_keys
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key; `prefix` is the beginning of its secret."""

    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def list_keys(connection: Connection, tenant_id: int, limit: int = 1_000) -> list[KeyRow]:
    """The tenant's keys, the newest first, revoked ones too."""
    statement = select(*columns_of(api_keys, KeyRow)).where(api_keys.c.tenant_id == tenant_id).order_by(api_keys.c.id.desc()).limit(limit)
    return [KeyRow(*row) for row in connection.execute(statement)]
