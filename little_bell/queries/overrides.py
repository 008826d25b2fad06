"""Events of which somebody says, or has said, who caused them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.overrides import OVERRULED_TYPES, TAKEN_BACK, mark_of
from little_bell.models import to_micros
from little_bell.models.tables import campaigns, event_overrides, message_events, messages
from little_bell.queries.campaigns import live


@dataclass(frozen=True, slots=True)
class Named:
    """An open or a click by what names it for good: `mark` within its message, received at `event_at` (microseconds since 1970)."""

    message_id: int
    event_at: int
    mark: int
    token: str


def name_event(connection: Connection, tenant_id: int, event_id: int) -> Named:
    """The event, where somebody may say who caused it. Raises NotFound; Invalid for one that is no open or click, or isn't counted."""
    table = message_events.c
    columns = (
        table.message_id,
        table.type,
        table.received_at,
        table.stated_at,
        table.source,
        table.visitor,
        table.url,
        table.is_counted,
        messages.c.token,
    )
    mine = (table.id == event_id, table.tenant_id == tenant_id, live(tenant_id))
    row = connection.execute(
        select(*columns)
        .join_from(message_events, campaigns, campaigns.c.id == table.campaign_id)
        .join(messages, messages.c.id == table.message_id)
        .where(*mine)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such event", "event_id")
    if row.type not in OVERRULED_TYPES:
        raise Invalid("only of opens and clicks there is a question who caused them", "event_id")
    if not row.is_counted:
        raise Invalid("this event is only kept and counts nowhere, whoever caused it", "event_id")
    received_at, stated_at = to_micros(row.received_at), to_micros(row.stated_at) if row.stated_at else None
    return Named(row.message_id, received_at, mark_of(row.type, received_at, stated_at, row.source, row.visitor, row.url), row.token)


def last_said(connection: Connection, tenant_id: int, event_id: int) -> str:
    """What somebody said of the event last: human, machine, or TAKEN_BACK, also where nobody ever did. Raises as name_event()."""
    named = name_event(connection, tenant_id, event_id)
    table = event_overrides.c
    mine = (table.message_id == named.message_id, table.mark == named.mark)
    return connection.execute(select(table.verdict).where(*mine)).scalar() or TAKEN_BACK


def name_overruled(connection: Connection, tenant_id: int, event_id: int) -> Named:
    """The same, where somebody has said something. Raises NotFound also where nobody has."""
    if last_said(connection, tenant_id, event_id) == TAKEN_BACK:
        raise NotFound("nobody has said who caused this event", "event_id")
    return name_event(connection, tenant_id, event_id)
