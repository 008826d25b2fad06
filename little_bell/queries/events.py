"""Events: a message's story, and a tenant's stream."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from little_bell.models.tables import agents, campaigns, event_overrides, message_events, messages, projectors
from little_bell.queries.campaigns import live
from little_bell.queries.projection import ENDLESS
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class Overruled:
    """What somebody said of an event: human or machine; who, when, and their note."""

    verdict: str
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event, with the agent's text, the judge's reasons and whose message it was."""

    id: int
    campaign_id: int
    message_id: int
    type: str
    occurred_at: datetime
    received_at: datetime
    stated_at: datetime | None
    source: str
    verdict: str
    is_counted: bool
    address: str | None
    link_id: int | None
    url: str | None
    details: dict[str, Any] | None
    country: str | None
    asn: int | None
    rules: int
    agent: str | None
    reasons: list[str]
    recipient_email: str
    token: str
    overruled: Overruled | None = None


_own = columns_of(message_events, EventRow)
_own.remove(message_events.c.reasons)
_said = (event_overrides.c.verdict, event_overrides.c.said_by, event_overrides.c.said_at, event_overrides.c.note)
_is_overruled = and_(event_overrides.c.message_id == message_events.c.message_id, event_overrides.c.event_id == message_events.c.id)


def message_story(connection: Connection, tenant_id: int, message_id: int, limit: int = 1_000) -> list[EventRow]:
    """A message's events, oldest first: the first `limit` that were recorded."""
    statement = _events(tenant_id).where(message_events.c.message_id == message_id).order_by(message_events.c.id).limit(limit)
    return sorted(_rows(connection, statement), key=lambda event: (event.occurred_at, event.id))


def events_after(connection: Connection, tenant_id: int, after: int = 0, limit: int = 1_000) -> list[EventRow]:
    """The tenant's events behind the id `after`, in the order they were recorded. The last one's id is the next `after`.

    Several projectors don't commit in the order of the ids that they took: what lies behind one that is at it comes later.
    """
    at_it = select(func.min(projectors.c.first_event_id)).scalar_subquery()
    statement = _events(tenant_id).where(message_events.c.id > after, message_events.c.id < func.coalesce(at_it, ENDLESS))
    statement = statement.order_by(message_events.c.id).limit(limit)
    return _rows(connection, statement)


def recent_events(connection: Connection, tenant_id: int, limit: int = 20) -> list[EventRow]:
    """The tenant's last events, the newest first."""
    return _rows(connection, _events(tenant_id).order_by(message_events.c.id.desc()).limit(limit))


def _events(tenant_id: int) -> Select[Any]:
    return (
        select(*_own, agents.c.text, message_events.c.reasons, messages.c.recipient_email, messages.c.token, *_said)
        .join_from(message_events, messages, messages.c.id == message_events.c.message_id)
        .join(campaigns, campaigns.c.id == message_events.c.campaign_id)
        .outerjoin(agents, agents.c.id == message_events.c.agent_id)
        .outerjoin(event_overrides, _is_overruled)
        .where(message_events.c.tenant_id == tenant_id, live(tenant_id))
    )


def _rows(connection: Connection, statement: Select[Any]) -> list[EventRow]:
    return [_row(row) for row in connection.execute(statement)]


def _row(row: Any) -> EventRow:
    *own, reasons, recipient_email, token, verdict, by, at, note = row
    overruled = Overruled(verdict, by, at, note) if verdict else None
    own += [reasons.split(",") if reasons else [], recipient_email, token, overruled]
    return EventRow(*own)
