"""Stored events as the fold takes them again: a rebuild, a correction, a prune."""

from typing import Any

import orjson

from little_bell.domain.clients import NO_CLIENT, Client
from little_bell.domain.events import BounceFacts, Event
from little_bell.domain.verdicts import is_private

#: What event_of() reads, and from where.
EVENT_FIELDS = (
    "message_events.id, tenant_id, campaign_id, message_id, type, occurred_at, verdict, is_counted, reasons, visitor, link_id, details, "
    "position, country, client, system, device"
)
EVENT_ROWS = "message_events LEFT JOIN agents ON agents.id = message_events.agent_id"
#: Of events in SQL: no baseline holds them yet (see frozen.py).
IS_LEFT = (
    "(message_events.id > COALESCE((SELECT up_to FROM frozen_events), 0) "
    "OR received_at >= COALESCE((SELECT end_at FROM frozen_events), 0) "
    "OR received_at < COALESCE((SELECT start_at FROM frozen_events), 0))"
)


def event_of(row: Any) -> Event:
    """The event in a row of EVENT_FIELDS. `row.details` is JSON, parsed or not."""
    details = orjson.loads(row.details) if isinstance(row.details, str) else row.details or {}
    bounce = details.get("bounce")
    client = Client(row.client, row.system, row.device) if row.client else NO_CLIENT
    return Event(
        row.id, row.tenant_id, row.campaign_id, row.message_id, row.type, row.occurred_at, row.verdict, bool(row.is_counted), row.visitor,
        row.link_id, BounceFacts(**bounce) if bounce else None, details.get("provider_message_id"), client, is_private(row.reasons),
        row.country or "", row.position or 0,
    )  # fmt: skip
