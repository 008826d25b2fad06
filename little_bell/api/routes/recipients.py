"""Recipients of a campaign, by the thousand, and safe to send again."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.forms import NewRecipients
from little_bell.actions.idempotency import Answer
from little_bell.actions.recipients import add_recipients
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Writer
from little_bell.api.context import House
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.api.shapes import added_shape

routes = APIRouter(prefix="/api/campaigns", tags=["campaigns"])


@routes.post("/{campaign_id:int}/recipients", openapi_extra=takes(NewRecipients))
def add(
    request: Request,
    context: House,
    caller: Writer,
    campaign_id: PathId,
    body: RawBody,
    new: Annotated[NewRecipients, Depends(json_of(NewRecipients))],
) -> Json:
    """Register a message for each of up to 10,000 recipients that the campaign doesn't have yet; with `check`, only say what would be."""

    def work(connection: Connection) -> Callable[[], Answer]:
        done = add_recipients(connection, caller.tenant_id, campaign_id, new.recipients, check=new.check)
        return lambda: Answer(200, to_json(added_shape(done)))

    return write_once(context, caller, request, body, work)
