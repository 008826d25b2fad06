"""Hits on mail whose campaign is gone: nothing to wait for, but who unsubscribes is heard."""

from sqlalchemy import Connection, select

from little_bell.journal.records import Hit
from little_bell.models.tables import tombstones
from little_bell.projector.resolved import Resolved
from little_bell.projector.suppress import said_by_event


def without_tombstones(connection: Connection, resolved: Resolved) -> list[Hit]:
    """The hits that may yet find their message. Those of purged messages are counted as `deleted`; who unsubscribes is heard."""
    if not resolved.parked:
        return []
    tokens = {hit.token for hit in resolved.parked}
    table = tombstones.c
    rows = connection.execute(select(table.token, table.tenant_id, table.recipient_email).where(table.token.in_(tokens)))
    dead = {row.token: row for row in rows}
    buried = [hit for hit in resolved.parked if hit.token in dead]
    resolved.counts["deleted"] += len(buried)
    for hit in buried:
        tenant_id, email = dead[hit.token][1:]
        said = said_by_event(tenant_id, None, email, hit.type, None, hit.received_at, "link") if hit.tenant_id == tenant_id else None
        if said is not None:
            resolved.said.append(said)
    return [hit for hit in resolved.parked if hit.token not in dead]
