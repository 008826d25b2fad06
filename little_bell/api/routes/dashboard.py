"""The tenant's numbers in one answer."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from little_bell.actions.forms import Period
from little_bell.actions.kept_sets import NewSet, drop_numbers, keep_numbers
from little_bell.api.answers import Json
from little_bell.api.bodies import json_of, takes
from little_bell.api.callers import Reader, Writer
from little_bell.api.context import House
from little_bell.api.paging import OneForm, SetName
from little_bell.api.shapes import summary_shape
from little_bell.domain.number_forms import in_form
from little_bell.queries.kept import get_set, list_sets, pinned
from little_bell.queries.overview import summary

routes = APIRouter(prefix="/api/dashboard", tags=["dashboard"])


class Dates(Period):
    """A period, in which form its numbers are told, and by which set of numbers that was kept."""

    include: OneForm | None = None
    set: SetName | None = None


@routes.get("/summary")
def sums(context: House, caller: Reader, asked: Annotated[Dates, Query()]) -> Json:
    """Totals over all campaigns, and every rate in percent, as all and as human; with `set` as they were kept under that name."""
    with context.reports() as connection, pinned(connection, caller.tenant_id, asked.set):
        found = summary(connection, caller.tenant_id, asked.start, asked.end)
    return Json(in_form(summary_shape(found), asked.include) | {"start": asked.start, "end": asked.end})


@routes.get("/sets")
def sets(context: House, caller: Reader) -> Json:
    """The sets of numbers that were kept, the tenant's own and those over all tenants, the newest first: `?set=NAME` shows them."""
    with context.reading() as connection:
        return Json([asdict(row) for row in list_sets(connection, caller.tenant_id)])


@routes.post("/sets", status_code=201, openapi_extra=takes(NewSet))
def keep(context: House, caller: Writer, new: Annotated[NewSet, Depends(json_of(NewSet))]) -> Json:
    """Keep the present numbers under a name."""
    with context.writing() as connection:
        keep_numbers(connection, caller.tenant_id, new.name, caller.actor)
        return Json(asdict(get_set(connection, caller.tenant_id, new.name)), 201)


@routes.delete("/sets/{name}")
def drop(context: House, caller: Writer, name: Annotated[str, Path(max_length=63)]) -> Json:
    """Let go of a set of the tenant's own; one over all tenants stays, and is 404 here."""
    with context.writing() as connection:
        drop_numbers(connection, caller.tenant_id, name, caller.actor)
    return Json({"dropped": name})
