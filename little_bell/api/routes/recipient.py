"""One recipient's rights: to know everything that is stored of them, and to be forgotten."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from little_bell.actions.forms import Email, Form
from little_bell.api.answers import Json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Administrator, Downloader
from little_bell.api.context import House
from little_bell.api.known import erasures_of, whole_recipient
from little_bell.api.paging import Parameters
from little_bell.api.recorded import record

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
