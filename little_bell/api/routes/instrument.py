"""A whole mail made trackable for a message."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.idempotency import Answer
from little_bell.actions.links import register_links
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Writer
from little_bell.api.context import House
from little_bell.api.forms.mail import NewMail, draft_of, mail_shape, tagged_draft
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.queries.campaigns import get_campaign_utm
from little_bell.queries.messages import get_message

routes = APIRouter(prefix="/api/messages", tags=["links"])


@routes.post("/{message_id:int}/instrument", openapi_extra=takes(NewMail))
def instrument(
    request: Request,
    context: House,
    caller: Writer,
    message_id: PathId,
    body: RawBody,
    new: Annotated[NewMail, Depends(json_of(NewMail))],
) -> Json:
    """The same mail with its pixel, signed links and the headers to send; its destinations are links of the campaign from now on."""
    read = draft_of(new, context.addresses)

    def work(connection: Connection) -> Callable[[], Answer]:
        message = get_message(connection, caller.tenant_id, message_id)
        draft = tagged_draft(read, new, get_campaign_utm(connection, caller.tenant_id, message.campaign_id))
        register_links(connection, caller.tenant_id, message.campaign_id, draft.destinations)
        tracking = context.addresses.tracking(caller.tenant_id, message.token)
        return lambda: Answer(200, to_json(mail_shape(draft.finish(tracking))))

    return write_once(context, caller, request, body, work)
