"""What is known of one recipient, and what is to be journaled so that it is forgotten."""

import time
from typing import Any

from sqlalchemy import Connection

from little_bell.actions.audit import note
from little_bell.api.shapes import suppression_shape
from little_bell.api.wholes import whole_message
from little_bell.domain.errors import NotFound
from little_bell.journal.records import Record, erasures
from little_bell.queries.recipients import messages_to, receipts_naming
from little_bell.queries.suppressions import find_suppression


def whole_recipient(connection: Connection, tenant_id: int, recipient: str) -> dict[str, Any]:
    """What is stored of somebody. Raises NotFound where nothing is."""
    ids = _known(connection, tenant_id, recipient)
    told = [whole_message(connection, tenant_id, message_id) for message_id in ids]
    names = [recipient, recipient.lower(), *(message["tracking_token"] for message in told)]
    receipts = receipts_naming(connection, tenant_id, sorted(set(names)))
    entry = find_suppression(connection, tenant_id, recipient)
    return {"recipient": recipient, "messages": told, "receipts": receipts, "suppression": entry and suppression_shape(entry)}


def erasures_of(connection: Connection, tenant_id: int, recipient: str, actor: str) -> tuple[list[Record], int]:
    """What is to be journaled so that somebody is forgotten, and how many messages that concerns. Raises NotFound."""
    ids = _known(connection, tenant_id, recipient)
    note(connection, tenant_id, actor, "recipient.erased", f"{len(ids)} messages")
    return erasures(tenant_id, ids, time.time_ns() // 1_000), len(ids)


def _known(connection: Connection, tenant_id: int, recipient: str) -> list[int]:
    ids = messages_to(connection, tenant_id, recipient)
    if not ids:
        raise NotFound("there is no message to this recipient", "recipient")
    return ids
