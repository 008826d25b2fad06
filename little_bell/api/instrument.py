"""A whole mail made trackable for a message."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.forms import Form, Name
from little_bell.actions.idempotency import Answer
from little_bell.actions.links import register_links
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Writer
from little_bell.api.context import House
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.domain.errors import TooLarge
from little_bell.mail.instrument import Draft, Instrumented
from little_bell.queries.messages import get_message

MOST_LINKS = 1_000
routes = APIRouter(prefix="/api/messages", tags=["links"])


class Utm(Form):
    """What to add to every destination as utm_source, utm_medium and so on, unless it has its own."""

    source: Name | None = None
    medium: Name | None = None
    campaign: Name | None = None
    term: Name | None = None
    content: Name | None = None


class NewMail(Form):
    """A mail's parts as they would be sent."""

    html: str
    text: str | None = None
    utm: Utm = Utm()


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
    draft = Draft(new.html, new.text, context.addresses.own, new.utm.model_dump(exclude_none=True))
    if len(draft.destinations) > MOST_LINKS:
        raise TooLarge(f"html: {len(draft.destinations):,} different links; at most {MOST_LINKS:,} in one mail", "html")

    def work(connection: Connection) -> Callable[[], Answer]:
        message = get_message(connection, caller.tenant_id, message_id)
        register_links(connection, caller.tenant_id, message.campaign_id, draft.destinations)
        tracking = context.addresses.tracking(caller.tenant_id, message.token)
        return lambda: Answer(200, to_json(_shape(draft.finish(tracking))))

    return write_once(context, caller, request, body, work)


def _shape(mail: Instrumented) -> dict[str, Any]:
    return {
        "html": mail.html,
        "text": mail.text,
        "headers": mail.headers,
        "links": [{"click_url": link, "original_url": url} for url, link in mail.links.items()],
        "left_alone": [{"url": url, "reason": reason} for url, reason in mail.left_alone.items()],
    }
