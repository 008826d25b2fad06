"""The rounds of the watch as rows: whose turn it is, what a look found, what is told to whom, and how that went.

Several processes may try: a turn and a delivery are each taken by one alone, by comparing and setting one row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from little_bell.domain.alerts import Kind, words
from little_bell.models.tables import alert_deliveries, alert_destinations, alert_turn, alert_watches, alerts, campaigns, tenants

LOOK_EVERY = timedelta(seconds=60)
#: After a failure it is tried again after so long; after the last of these it is given up.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1_440))
#: Who takes a delivery has this long to tell; then somebody else tries, with the same id.
TAKEN_FOR = timedelta(minutes=5)
#: What was told is kept so long, and so many rows go at a time.
KEPT, FORGET_STEP = timedelta(days=90), 200
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something to raise an alert for."""

    tenant_id: int
    kind: Kind
    subject: str
    campaign_id: int | None
    facts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that this process is to make."""

    id: int
    tenant_id: int
    event: str
    content: dict[str, Any]
    attempts: int
    created_at: datetime
    kind: str
    target: str
    sealed: bytes | None
    tenant: str


def take_turn(connection: Connection, moment: datetime) -> int | None:
    """The newest fold that was looked at, if the next look is due and nobody else takes it."""
    table = alert_turn.c
    taken = update(alert_turn).where(table.due_at <= moment).values(due_at=moment + LOOK_EVERY).returning(table.seen_fold)
    seen = connection.execute(taken).scalar()
    return None if seen is None else int(seen)


def write_round(
    connection: Connection,
    moment: datetime,
    fold: int,
    raised: Sequence[Wrong],
    resolved: dict[int, str],
    watches: dict[tuple[int, int], datetime | None],
) -> None:
    """Raise and resolve, have both told, and note what to look at again. What another process raised meanwhile is left alone."""
    for wrong in raised:
        _raise(connection, wrong, moment)
    for alert_id, why in sorted(resolved.items()):
        _resolve(connection, alert_id, why, moment)
    _watch(connection, watches)
    connection.execute(update(alert_turn).where(alert_turn.c.seen_fold < fold).values(seen_fold=fold))
    old = select(alert_deliveries.c.id).order_by(alert_deliveries.c.id).limit(FORGET_STEP).scalar_subquery()
    past = (alert_deliveries.c.created_at < moment - KEPT, alert_deliveries.c.due_at.is_(None))
    connection.execute(delete(alert_deliveries).where(alert_deliveries.c.id.in_(old), *past))


def _raise(connection: Connection, wrong: Wrong, moment: datetime) -> None:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = {"tenant_id": wrong.tenant_id, "kind": str(wrong.kind), "subject": wrong.subject, "campaign_id": wrong.campaign_id}
    new = dialect.insert(alerts).values(**values, facts=wrong.facts, raised_at=moment, why="")
    alert_id = connection.execute(new.on_conflict_do_nothing().returning(alerts.c.id)).scalar()
    if alert_id is not None:
        _tell_all(connection, int(alert_id), "raised", moment)


def _resolve(connection: Connection, alert_id: int, why: str, moment: datetime) -> None:
    is_open = (alerts.c.id == alert_id, alerts.c.resolved_at.is_(None))
    if connection.execute(update(alerts).where(*is_open).values(resolved_at=moment, why=why)).rowcount:
        _tell_all(connection, alert_id, "resolved", moment)


def _tell_all(connection: Connection, alert_id: int, event: str, moment: datetime) -> None:
    named = alerts.outerjoin(campaigns, campaigns.c.id == alerts.c.campaign_id)
    row = connection.execute(select(alerts, campaigns.c.name.label("campaign")).select_from(named).where(alerts.c.id == alert_id)).one()
    content = {
        "id": row.id,
        "kind": row.kind,
        "text": words(Kind(row.kind), row.facts),
        "facts": row.facts,
        "campaign": None if row.campaign_id is None else {"id": row.campaign_id, "name": row.campaign},
        "provider": row.subject if row.kind == Kind.SILENCE else None,
        "raised_at": row.raised_at.isoformat(),
        "resolved_at": None if row.resolved_at is None else row.resolved_at.isoformat(),
        "why": row.why,
    }
    table = alert_destinations.c
    for destination_id in connection.execute(select(table.id).where(table.tenant_id == row.tenant_id).order_by(table.id)).scalars().all():
        queue(connection, row.tenant_id, destination_id, event, moment, content, row.campaign_id)


def queue(
    connection: Connection,
    tenant_id: int,
    destination_id: int,
    event: str,
    moment: datetime,
    content: dict[str, Any] | None = None,
    campaign_id: int | None = None,
) -> int:
    """Have something told as soon as somebody takes it; the id of the delivery."""
    values = {"tenant_id": tenant_id, "campaign_id": campaign_id, "destination_id": destination_id, "event": event}
    new = insert(alert_deliveries).values(**values, content=content or {}, created_at=moment, due_at=moment)
    return int(connection.execute(new.returning(alert_deliveries.c.id)).scalar_one())


def _watch(connection: Connection, watches: dict[tuple[int, int], datetime | None]) -> None:
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [{"tenant_id": t, "campaign_id": c, "due_at": due} for (t, c), due in sorted(watches.items()) if due is not None]
    if rows:
        new = dialect.insert(alert_watches)
        put = new.on_conflict_do_update(index_elements=["tenant_id", "campaign_id"], set_={"due_at": new.excluded.due_at})
        connection.execute(put, rows)
    for (tenant_id, campaign_id), due in sorted(watches.items()):
        if due is None:
            mine = (alert_watches.c.tenant_id == tenant_id, alert_watches.c.campaign_id == campaign_id)
            connection.execute(delete(alert_watches).where(*mine))


def due_deliveries(connection: Connection, moment: datetime) -> list[int]:
    """The ids of those to make now, the oldest first."""
    table = alert_deliveries.c
    return list(connection.execute(select(table.id).where(table.due_at <= moment).order_by(table.due_at).limit(MOST_AT_ONCE)).scalars())


def take_delivery(connection: Connection, delivery_id: int, moment: datetime) -> Taken | None:
    """The delivery, if nobody else took it; one of a suspended tenant or a removed destination is given up."""
    table = alert_deliveries.c
    mine = update(alert_deliveries).where(table.id == delivery_id, table.due_at <= moment)
    if connection.execute(mine.values(due_at=moment + TAKEN_FOR, attempts=table.attempts + 1)).rowcount == 0:
        return None
    joined = alert_deliveries.join(alert_destinations, alert_destinations.c.id == table.destination_id).join(
        tenants, tenants.c.id == table.tenant_id
    )
    to = alert_destinations.c
    columns = (table.id, table.tenant_id, table.event, table.content, table.attempts, table.created_at, to.kind, to.target, to.sealed)
    is_live = (table.id == delivery_id, tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None))
    row: Any = connection.execute(select(*columns, tenants.c.slug).select_from(joined).where(*is_live)).one_or_none()
    if row is None:
        connection.execute(update(alert_deliveries).where(table.id == delivery_id).values(due_at=None, error="it is gone or suspended"))
        return None
    return Taken(*row)


def note_outcome(connection: Connection, taken: Taken, error: str, moment: datetime) -> None:
    """How a delivery went: it arrived (no error), or is tried again later, or is given up."""
    values: dict[str, Any] = {"error": error[:500], "due_at": None}
    if not error:
        values["arrived_at"] = moment
    elif taken.event != "test" and taken.attempts <= len(PAUSES):  # whoever tests looks at the outcome, and tests again
        values["due_at"] = moment + PAUSES[taken.attempts - 1]
    connection.execute(update(alert_deliveries).where(alert_deliveries.c.id == taken.id).values(**values))
