"""Idempotency-Key: the answer once given under a key is given again, for 24 hours, and nothing is done twice."""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, select, text, update

from little_bell.domain.errors import Conflict, Invalid
from little_bell.models import now, to_micros
from little_bell.models.tables import idempotency_keys

KEPT = timedelta(hours=24)
#: A request that hasn't been answered after this long died; its key may be tried again.
DEAD_AFTER = timedelta(minutes=2)
_CLAIM = text(
    "INSERT INTO idempotency_keys (tenant_id, api_key_id, route, key, body_hash, created_at) "
    "VALUES (:tenant_id, :api_key_id, :route, :key, :body_hash, :created_at) ON CONFLICT (api_key_id, route, key) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is to be done once."""

    tenant_id: int
    key_id: int
    route: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    body: bytes


def claim(connection: Connection, once: Once) -> Answer | None:
    """The answer given before, or None: then the request is the caller's to do, and to `settle` in the same transaction.

    Raises Invalid for another body under the same key, Conflict while the first request is still running.
    """
    moment = now()
    _forget(connection, once, moment - KEPT, moment - DEAD_AFTER)
    values = {
        "tenant_id": once.tenant_id,
        "api_key_id": once.key_id,
        "route": once.route,
        "key": once.key,
        "body_hash": once.body_hash,
        "created_at": to_micros(moment),
    }
    if connection.execute(_CLAIM, values).rowcount == 1:
        return None
    table = idempotency_keys.c
    row = connection.execute(select(table.body_hash, table.status, table.response).where(*_this(once))).one()
    if row.body_hash != once.body_hash:
        raise Invalid("this Idempotency-Key was used for another request", "Idempotency-Key", code="idempotency_key_reused")
    if row.status is None:
        raise Conflict("the first request with this Idempotency-Key is still running", "Idempotency-Key", code="still_running")
    return Answer(row.status, zlib.decompress(row.response))


def settle(connection: Connection, once: Once, answer: Answer) -> None:
    """Keep the answer, compressed: that of a batch has megabytes."""
    values = {"status": answer.status, "response": zlib.compress(answer.body, 1)}
    connection.execute(update(idempotency_keys).where(*_this(once)).values(**values))


def release(connection: Connection, once: Once) -> None:
    """The request failed before anything was done: its key may be tried again."""
    connection.execute(delete(idempotency_keys).where(*_this(once), idempotency_keys.c.status.is_(None)))


def _this(once: Once) -> tuple[ColumnElement[bool], ...]:
    table = idempotency_keys.c
    return (table.api_key_id == once.key_id, table.route == once.route, table.key == once.key)


def _forget(connection: Connection, once: Once, old: datetime, dead: datetime) -> None:
    connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < old))
    is_dead = (idempotency_keys.c.status.is_(None), idempotency_keys.c.created_at < dead)
    connection.execute(delete(idempotency_keys).where(*_this(once), *is_dead))
