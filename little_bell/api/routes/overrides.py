"""Who caused an open or a click, said by somebody who knows better. Journaled like every other event."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Connection

from little_bell.actions.audit import note as note_down
from little_bell.actions.idempotency import Answer
from little_bell.actions.overrides import SaidForm
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Caller, Writer
from little_bell.api.context import Context, House
from little_bell.api.freshness import WRITE_SECONDS, wait_until_folded
from little_bell.api.once import journal_once
from little_bell.api.paging import PathId
from little_bell.domain.overrides import TAKEN_BACK
from little_bell.journal.base import Position
from little_bell.journal.records import Override
from little_bell.queries.overrides import Named, name_event, name_overruled

routes = APIRouter(prefix="/api/events", tags=["events"])


@routes.post("/{event_id:int}/verdict", openapi_extra=takes(SaidForm))
def overrule(
    request: Request, context: House, caller: Writer, event_id: PathId, body: RawBody, said: Annotated[SaidForm, Depends(json_of(SaidForm))]
) -> Json:
    """Say that a person or a machine caused an open or a click, whatever the rules make of it. It stands until it is taken back."""

    def work() -> tuple[Answer, Position]:
        with context.writing() as connection:
            named = name_event(connection, caller.tenant_id, event_id)
            position = _journal(context, connection, caller, event_id, named, said.verdict, said.note)
        wait_until_folded(context, position, WRITE_SECONDS)
        return Answer(200, to_json({"event_id": event_id, "verdict": said.verdict})), position

    return journal_once(context, caller, request, body, work)


@routes.delete("/{event_id:int}/verdict")
def take_back(context: House, caller: Writer, event_id: PathId) -> Json:
    """Take back what was said of an event: it is judged by the rules again."""
    with context.writing() as connection:
        named = name_overruled(connection, caller.tenant_id, event_id)
        position = _journal(context, connection, caller, event_id, named, TAKEN_BACK, "")
    wait_until_folded(context, position, WRITE_SECONDS)
    return Json({"event_id": event_id, "verdict": None}, headers={"X-Journal-Position": str(position)})


def _journal(context: Context, connection: Connection, caller: Caller, event_id: int, named: Named, verdict: str, note: str) -> Position:
    at = time.time_ns() // 1_000
    record = Override(caller.tenant_id, named.message_id, named.event_at, named.mark, verdict, at, "api", caller.actor, note, named.token)
    action = "event.overruled" if verdict else "event.taken_back"
    note_down(connection, caller.tenant_id, caller.actor, action, f"event {event_id} of message {named.message_id} {verdict}".rstrip())
    # Before the commit: if the journal is full, nothing has changed.
    return context.journal.append([record])
