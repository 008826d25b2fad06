"""One recipient's rights: to know everything that is stored of them, and to be forgotten."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from little_bell.actions.audit import note
from little_bell.actions.forms import Email, Form
from little_bell.api.answers import Json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Administrator, Downloader
from little_bell.api.context import House
from little_bell.api.paging import Parameters
from little_bell.api.recorded import record
from little_bell.api.wholes import whole_message
from little_bell.domain.errors import NotFound
from little_bell.journal.records import Record, erasures
from little_bell.queries.recipients import messages_to, receipts_naming

routes = APIRouter(prefix="/api/recipients", tags=["recipients"])


class Whom(Parameters):
    """Whose data."""

    recipient: Annotated[str, Field(min_length=3, max_length=320)]


class Forgotten(Form):
    """A recipient to erase."""

    recipient: Email


@routes.get("/export")
def export(context: House, caller: Downloader, whom: Annotated[Whom, Query()]) -> Json:
    """Everything that is stored of one recipient: messages with their events, and what providers sent about them, as it came."""
    with context.reading() as connection:
        shape = whole_recipient(connection, caller.tenant_id, whom.recipient)
    return Json(shape, headers={"Content-Disposition": 'attachment; filename="recipient.json"'})


@routes.post("/erase", openapi_extra=takes(Forgotten))
def erase(
    request: Request, context: House, caller: Administrator, body: RawBody, whom: Annotated[Forgotten, Depends(json_of(Forgotten))]
) -> Json:
    """Forget one recipient: messages lose the name, single events, receipts and journal entries go; every counter stays as it is."""
    with context.writing() as connection:
        records, count = erasures_of(connection, caller.tenant_id, whom.recipient, caller.actor)
    return record(context, caller, request, body, records, {"messages": count})


def whole_recipient(connection: Connection, tenant_id: int, recipient: str) -> dict[str, Any]:
    """What is stored of somebody. Raises NotFound where nothing is."""
    ids = _known(connection, tenant_id, recipient)
    told = [whole_message(connection, tenant_id, message_id) for message_id in ids]
    names = [recipient, recipient.lower(), *(message["tracking_token"] for message in told)]
    receipts = receipts_naming(connection, tenant_id, sorted(set(names)))
    return {"recipient": recipient, "messages": told, "receipts": receipts}


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
