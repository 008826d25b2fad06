"""Messages: one by id or token, and which there are by a sender's own ids. Lists are in message_lists.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import campaigns, messages
from little_bell.queries.campaigns import live
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message and what its events add up to."""

    id: int
    campaign_id: int
    token: str
    recipient_email: str
    template_id: str | None
    subject: str | None
    variant: str | None
    external_id: str | None
    details: dict[str, Any] | None
    is_test: bool
    is_tracked: bool
    suppressed: str | None
    created_at: datetime
    status: str
    updated_at: datetime
    provider_message_id: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    deferred_at: datetime | None
    opened_at: datetime | None
    human_opened_at: datetime | None
    clicked_at: datetime | None
    human_clicked_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    unsubscribed_at: datetime | None
    rejected_at: datetime | None
    opens: int
    human_opens: int
    clicks: int
    human_clicks: int
    bounce_type: str | None
    bounce_category: str | None
    bounce_reason: str | None
    last_event_at: datetime | None


#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000
_columns = columns_of(messages, MessageRow)


def get_message(connection: Connection, tenant_id: int, message_id: int) -> MessageRow:
    """One message. Raises NotFound, also for another tenant's and for those of a deleted campaign."""
    return _one(connection, tenant_id, messages.c.id == message_id)


def get_message_by_token(connection: Connection, tenant_id: int, token: str) -> MessageRow:
    """The message with this token. Raises NotFound."""
    return _one(connection, tenant_id, messages.c.token == token)


def _is_live(tenant_id: int) -> ColumnElement[bool]:
    return select(1).where(campaigns.c.id == messages.c.campaign_id, live(tenant_id)).exists()


def _one(connection: Connection, tenant_id: int, condition: ColumnElement[bool]) -> MessageRow:
    statement = select(*_columns).where(condition, messages.c.tenant_id == tenant_id, _is_live(tenant_id))
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise NotFound("there is no such message", "message_id")
    return MessageRow(*row)


def owner_of_token(connection: Connection, token: str) -> int | None:
    """The tenant of the message with this token; None if there is none, or its campaign was deleted."""
    alive = select(1).where(campaigns.c.id == messages.c.campaign_id, campaigns.c.deleted_at.is_(None)).exists()
    return connection.execute(select(messages.c.tenant_id).where(messages.c.token == token, alive)).scalar()


class Named(NamedTuple):
    """What a message is known by: here, and to its readers."""

    id: int
    token: str


def find_named(connection: Connection, tenant_id: int, column: str, values: Sequence[int | str]) -> dict[int | str, list[Named]]:
    """The tenant's messages by the value of a column (id, token, external_id); values of none are left out."""
    found: dict[int | str, list[Named]] = {}
    rest = iter(values)
    while some := list(islice(rest, MANY)):
        mine = (messages.c.tenant_id == tenant_id, messages.c[column].in_(some), _is_live(tenant_id))
        columns = (messages.c[column].label("value"), messages.c.id.label("message_id"), messages.c.token.label("name"))
        for value, message_id, token in connection.execute(select(*columns).where(*mine)):
            found.setdefault(value, []).append(Named(message_id, token))
    return found
