"""Marks: a sender says what happened to a message. They are events, so they are journaled, like all others."""

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from little_bell.api.answers import Json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Reporter
from little_bell.api.context import House
from little_bell.api.forms.mark import BounceMark, BulkMarks, ClickedMark, OpenedMark, SentMark, Telling
from little_bell.api.marked import marked_messages
from little_bell.api.paging import PathId
from little_bell.api.recorded import record
from little_bell.queries.messages import Named, get_message

routes = APIRouter(prefix="/api/messages", tags=["marks"])


def _single(word: str, status: str, form: type[Telling]) -> Callable[..., Json]:
    def mark(
        request: Request,
        context: House,
        caller: Reporter,
        message_id: PathId,
        body: RawBody,
        told: Annotated[Any, Depends(json_of(form, is_optional=True))],
    ) -> Json:
        with context.reading() as connection:
            token = get_message(connection, caller.tenant_id, message_id).token
        return record(context, caller, request, body, [told.record(caller.tenant_id, Named(message_id, token), _now())], {"status": status})

    mark.__doc__ = f"{form.__doc__} The body is optional."
    routes.post(f"/{{message_id:int}}/{word}", name=f"mark_{status}", openapi_extra=takes(form, is_optional=True))(mark)
    return mark


mark_sent = _single("sent", "sent", SentMark)
mark_opened = _single("opened", "opened", OpenedMark)
mark_clicked = _single("clicked", "clicked", ClickedMark)
mark_bounced = _single("bounce", "bounced", BounceMark)


@routes.post("/marks", openapi_extra=takes(BulkMarks))
def mark_many(
    request: Request, context: House, caller: Reporter, body: RawBody, told: Annotated[BulkMarks, Depends(json_of(BulkMarks))]
) -> Json:
    """Up to 10,000 marks, all or none; an error names the row."""
    with context.reading() as connection:
        messages = marked_messages(connection, caller.tenant_id, told.marks)
    moment = _now()
    records = [mark.record(caller.tenant_id, message, moment) for mark, message in zip(told.marks, messages, strict=True)]
    return record(context, caller, request, body, records, {"marked": len(records)})


def _now() -> int:
    return time.time_ns() // 1_000
