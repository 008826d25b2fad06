"""A tenant's alerts, thresholds and destinations, as their readers see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from little_bell.domain.alerts import DEFAULTS, Kind, Rule, rules_of
from little_bell.domain.errors import Invalid
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import alert_deliveries, alert_destinations, alert_rules, alerts, campaigns
from little_bell.queries.paging import Page, beyond, id_after, page_of
from little_bell.queries.rows import columns_of

STATES = ("open", "resolved", "all")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with its campaign's name, where it is about one; `facts` are the numbers as they were when it was raised."""

    id: int
    kind: str
    subject: str
    campaign_id: int | None
    facts: dict[str, float]
    raised_at: datetime
    resolved_at: datetime | None
    why: str
    campaign: str | None


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """Whom to tell, and how it went: when something last arrived there, and the last failure since."""

    id: int
    kind: str
    target: str
    created_at: datetime
    arrived_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One thing told: raised, resolved or test. It waits while `due_at` is set, else it arrived or was given up."""

    id: int
    destination_id: int
    event: str
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime | None
    arrived_at: datetime | None
    target: str | None
    content: dict[str, Any]


def list_alerts(
    connection: Connection,
    tenant_id: int,
    state: str = "all",
    campaign_id: int | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[AlertRow]:
    """A page of alerts, the newest first. Raises Invalid for an unknown state or cursor."""
    if state not in STATES:
        raise Invalid(f"state has to be one of {', '.join(STATES)}", "state")
    conditions = [alerts.c.tenant_id == tenant_id]
    if state != "all":
        conditions.append(alerts.c.resolved_at.is_(None) if state == "open" else alerts.c.resolved_at.is_not(None))
    if campaign_id is not None:
        conditions.append(alerts.c.campaign_id == campaign_id)
    if (after := id_after(cursor)) is not None:
        conditions.append(beyond(alerts.c.id, after, True))
    named = alerts.outerjoin(campaigns, and_(campaigns.c.id == alerts.c.campaign_id, campaigns.c.tenant_id == tenant_id))
    statement = select(*columns_of(alerts, AlertRow), campaigns.c.name).select_from(named).where(*conditions)
    rows: Any = connection.execute(statement.order_by(alerts.c.id.desc()).limit(limit + 1))
    return page_of([AlertRow(*row) for row in rows], limit)


def count_open_alerts(connection: Connection, tenant_id: int) -> int:
    """How many are open."""
    is_open = (alerts.c.tenant_id == tenant_id, alerts.c.resolved_at.is_(None))
    return connection.execute(select(func.count()).select_from(alerts).where(*is_open)).scalar_one()


def changed_alerts(connection: Connection, after: int) -> tuple[int, list[int]]:
    """When an alert was last raised or resolved, in microseconds, and the tenants of whom one was since `after`."""
    since, moments = from_micros(after), (alerts.c.raised_at, alerts.c.resolved_at)
    last = select(alerts.c.tenant_id, *map(func.max, moments)).where(or_(*(moment > since for moment in moments)))
    changed = [
        (tenant_id, max(to_micros(at) for at in times if at)) for tenant_id, *times in connection.execute(last.group_by("tenant_id"))
    ]
    return max((at for _, at in changed), default=after), [tenant_id for tenant_id, _ in changed]


def get_alert_rules(connection: Connection, tenant_id: int) -> dict[Kind, Rule]:
    """Every threshold: the tenant's own, else what holds by default."""
    return all_alert_rules(connection, tenant_id).get(tenant_id, DEFAULTS)


def all_alert_rules(connection: Connection, tenant_id: int | None = None) -> Mapping[int, dict[Kind, Rule]]:
    """The same of all tenants that changed one."""
    table = alert_rules.c
    statement = select(table.tenant_id, table.kind, table.is_on, table.threshold, table.least)
    changed: dict[int, dict[str, Rule]] = {}
    for row in connection.execute(statement if tenant_id is None else statement.where(table.tenant_id == tenant_id)):
        changed.setdefault(row.tenant_id, {})[row.kind] = Rule(row.is_on, row.threshold, row.least)
    return {whose: rules_of(rules) for whose, rules in changed.items()}


def list_destinations(connection: Connection, tenant_id: int) -> list[DestinationRow]:
    """Whom the tenant has told, in the order they were added."""
    table, told = alert_destinations.c, alert_deliveries.c
    mine = (told.tenant_id == tenant_id, told.destination_id == table.id)
    arrived = select(func.max(told.arrived_at)).where(*mine).scalar_subquery()
    last = select(told.error).where(*mine, told.attempts > 0).order_by(told.id.desc()).limit(1).scalar_subquery()
    statement = select(table.id, table.kind, table.target, table.created_at, arrived, func.coalesce(last, ""))
    rows = connection.execute(statement.where(table.tenant_id == tenant_id).order_by(table.id))
    return [DestinationRow(*row) for row in rows]


def list_alert_deliveries(connection: Connection, tenant_id: int, *, limit: int = 50, cursor: str | None = None) -> Page[DeliveryRow]:
    """A page of what was told, the newest first; `target` is None for a destination that was removed."""
    conditions = [alert_deliveries.c.tenant_id == tenant_id]
    if (after := id_after(cursor)) is not None:
        conditions.append(beyond(alert_deliveries.c.id, after, True))
    named = alert_deliveries.outerjoin(alert_destinations, alert_destinations.c.id == alert_deliveries.c.destination_id)
    names = ("id", "destination_id", "event", "attempts", "error", "created_at", "due_at", "arrived_at")
    columns = (*(alert_deliveries.c[name] for name in names), alert_destinations.c.target, alert_deliveries.c.content)
    statement = select(*columns).select_from(named).where(*conditions)
    rows = connection.execute(statement.order_by(alert_deliveries.c.id.desc()).limit(limit + 1))
    return page_of([DeliveryRow(*row) for row in rows], limit)
