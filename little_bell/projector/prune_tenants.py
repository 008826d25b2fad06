"""Tenants may keep single events for less time than the installation: their old events go, in small steps."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select, text

from little_bell.domain.visitors import shorter
from little_bell.models import now, to_micros
from little_bell.models.tables import tenants
from little_bell.projector.events import EVENT_FIELDS, EVENT_ROWS, IS_LEFT, event_of
from little_bell.projector.prune import SLACK, STEP, prune_events

_LOOK = text(
    f"SELECT {EVENT_FIELDS}, received_at FROM {EVENT_ROWS} "
    f"WHERE tenant_id = :tenant_id AND message_events.id > :after AND {IS_LEFT} ORDER BY message_events.id LIMIT :step"
)


@dataclass(slots=True)
class _Order:
    """Events of a tenant from before `limit` (µs) go; up to the id `after` all were looked at."""

    tenant_id: int
    limit: int
    after: int = 0


class TenantPruning:
    """What has to go now, tenant by tenant. It lives in memory: a new projector orders anew. `days` is the installation's."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._orders: deque[_Order] = deque()

    @property
    def is_due(self) -> bool:
        """Whether a step would do something."""
        return bool(self._orders)

    def order(self, connection: Connection) -> int:
        """Look up who keeps events for less time than the installation; how many tenants do."""
        own = select(tenants.c.id, tenants.c.retention_days).where(tenants.c.retention_days > 0, tenants.c.deleted_at.is_(None))
        kept = [(row.id, row.retention_days) for row in connection.execute(own.order_by(tenants.c.id))]
        stricter = [(id_, days) for id_, days in kept if shorter(days, self._days) != self._days]
        self._orders = deque(_Order(id_, to_micros(now() - timedelta(days=days))) for id_, days in stricter)
        return len(self._orders)

    def step(self, connection: Connection) -> int:
        """Look at some events of the first tenant, and let go of those that are too old; whether to go on."""
        if not self._orders:
            return 0
        first = self._orders[0]
        rows = connection.execute(_LOOK, {"tenant_id": first.tenant_id, "after": first.after, "step": STEP}).all()
        old = [event_of(row) for row in rows if row.occurred_at < first.limit]
        if old:
            prune_events(connection, old)
        if len(rows) < STEP or rows[-1].received_at >= first.limit + SLACK:
            self._orders.popleft()
        else:
            first.after = rows[-1].id
        return 1
