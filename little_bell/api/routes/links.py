"""Signed links for a message."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.idempotency import Answer
from little_bell.actions.links import register_links
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Writer
from little_bell.api.context import House
from little_bell.api.forms.link import NewLinks
from little_bell.api.once import write_once
from little_bell.api.paging import PathId
from little_bell.queries.messages import get_message

routes = APIRouter(prefix="/api/messages", tags=["links"])


@routes.post("/{message_id:int}/links", openapi_extra=takes(NewLinks))
def sign(
    request: Request,
    context: House,
    caller: Writer,
    message_id: PathId,
    body: RawBody,
    new: Annotated[NewLinks, Depends(json_of(NewLinks))],
) -> Json:
    """Signed links that record the click and lead to the URL; what is signed is a link of the campaign from now on."""

    def pair(token: str, url: str) -> dict[str, Any]:
        return {"click_url": context.addresses.click_url(caller.tenant_id, token, url), "original_url": url}

    def answer(token: str, urls: list[str]) -> Answer:
        pairs = [pair(token, url) for url in urls]
        return Answer(200, to_json(pairs[0] if new.url is not None else {"links": pairs}))

    def work(connection: Connection) -> Callable[[], Answer]:
        message = get_message(connection, caller.tenant_id, message_id)
        urls = [new.url] if new.url is not None else new.urls or []
        register_links(connection, caller.tenant_id, message.campaign_id, urls)
        return lambda: answer(message.token, urls)

    return write_once(context, caller, request, body, work)
