"""The event stream, for those who build their own."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from little_bell.actions.forms import MAX_ID
from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import Parameters
from little_bell.api.shapes import stream_shape
from little_bell.queries.events import events_after

MOST_EVENTS = 1_000
routes = APIRouter(prefix="/api/events", tags=["events"])


class Stream(Parameters):
    """From where on."""

    after: Annotated[int, Field(ge=0, le=MAX_ID)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = MOST_EVENTS


@routes.get("")
def stream(context: House, caller: Reader, asked: Annotated[Stream, Query()]) -> Json:
    """Events in the order they were recorded. X-Next-Cursor is the `after` to ask with next; it never skips one."""
    with context.reports() as connection:
        rows = events_after(connection, caller.tenant_id, asked.after, asked.limit)
    behind = rows[-1].id if rows else asked.after
    return Json([stream_shape(row) for row in rows], headers={"X-Next-Cursor": str(behind)})
