"""Messages over HTTP: registered one or ten thousand at a time, looked up by any of their names."""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from little_bell.actions.forms import NewMessage, NewMessages
from little_bell.actions.idempotency import Answer
from little_bell.actions.messages import Registered, create_message, create_messages
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Reader, Writer
from little_bell.api.context import Context, House
from little_bell.api.once import write_once
from little_bell.api.paging import Cursor, Parameters, PathId, QueryId, array
from little_bell.api.shapes import message_shape, registered_shape
from little_bell.api.wholes import whole_message
from little_bell.domain.events import Status
from little_bell.queries.message_lists import MessageFilter, list_messages

MOST_MESSAGES = 1_000
#: Rows made into JSON at a time: the interpreter is left to others in between.
SHAPED_AT_ONCE = 500
routes = APIRouter(prefix="/api/messages", tags=["messages"])


class MessageSearch(Parameters):
    """By which names to look up messages; all that are given have to fit."""

    external_id: Annotated[str, Field(max_length=200)] | None = None
    recipient: Annotated[str, Field(max_length=320)] | None = None
    provider_message_id: Annotated[str, Field(max_length=300)] | None = None
    tracking_token: Annotated[str, Field(max_length=128)] | None = None
    campaign_id: QueryId | None = None
    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_MESSAGES)] = MOST_MESSAGES
    cursor: Cursor | None = None


class Strictness(Parameters):
    """Whether a suppressed address is refused. Without it the message is registered, and the answer says `suppressed: true`."""

    strict: bool = False


@routes.post("", status_code=201, openapi_extra=takes(NewMessage))
def register(
    request: Request,
    context: House,
    caller: Writer,
    body: RawBody,
    new: Annotated[NewMessage, Depends(json_of(NewMessage))],
    asked: Annotated[Strictness, Query()],
) -> Json:
    """Register a message; the answer holds all that goes into the mail."""

    def work(connection: Connection) -> Callable[[], Answer]:
        made = create_message(connection, caller.tenant_id, new, strict=asked.strict)
        return lambda: Answer(201, to_json(registered_shape(context.addresses, caller.tenant_id, made)))

    return write_once(context, caller, request, body, work)


@routes.post("/batch", status_code=201, openapi_extra=takes(NewMessages))
def register_batch(
    request: Request,
    context: House,
    caller: Writer,
    body: RawBody,
    new: Annotated[NewMessages, Depends(json_of(NewMessages))],
    asked: Annotated[Strictness, Query()],
) -> Json:
    """Register up to 10,000 messages, all or none; an error names the row. The answer is in the order given."""

    def work(connection: Connection) -> Callable[[], Answer]:
        made = create_messages(connection, caller.tenant_id, new.messages, strict=asked.strict)
        return lambda: Answer(201, _batch_json(context, caller.tenant_id, made))

    return write_once(context, caller, request, body, work)


def _batch_json(context: Context, tenant_id: int, made: Sequence[Registered]) -> bytes:
    pieces = []
    for start in range(0, len(made), SHAPED_AT_ONCE):
        shapes = [registered_shape(context.addresses, tenant_id, one) for one in made[start : start + SHAPED_AT_ONCE]]
        pieces.append(to_json(shapes)[1:-1])
    return b'{"messages":[' + b",".join(pieces) + b"]}"


@routes.get("")
def look_up(request: Request, context: House, caller: Reader, asked: Annotated[MessageSearch, Query()]) -> Json:
    """Messages by any of their names, in the order they were registered."""
    wanted = MessageFilter(
        campaign_id=asked.campaign_id,
        status=asked.status and asked.status.value,
        recipient=asked.recipient,
        external_id=asked.external_id,
        provider_message_id=asked.provider_message_id,
        token=asked.tracking_token,
    )
    with context.reports() as connection:
        page = list_messages(connection, caller.tenant_id, wanted, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, page, message_shape)


@routes.get("/{message_id:int}")
def one(context: House, caller: Reader, message_id: PathId) -> Json:
    """A message with its events, oldest first."""
    with context.reading() as connection:
        return Json(whole_message(connection, caller.tenant_id, message_id))
