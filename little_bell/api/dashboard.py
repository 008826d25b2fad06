"""The tenant's numbers in one answer."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from little_bell.actions.forms import Period
from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import OneForm, SetName
from little_bell.api.shapes import summary_shape
from little_bell.domain.number_forms import in_form
from little_bell.queries.kept import list_sets, pinned_summary
from little_bell.queries.overview import summary

routes = APIRouter(prefix="/api/dashboard", tags=["dashboard"])


class Dates(Period):
    """A period, in which form its numbers are told, and by which set of numbers that was kept."""

    include: OneForm | None = None
    set: SetName | None = None


@routes.get("/summary")
def sums(context: House, caller: Reader, asked: Annotated[Dates, Query()]) -> Json:
    """Totals over all campaigns, and every rate in percent, as all and as human; with `set` as they were kept under that name."""
    with context.reports() as connection:
        if asked.set is None:
            found = summary(connection, caller.tenant_id, asked.start, asked.end)
        else:
            found = pinned_summary(connection, caller.tenant_id, asked.set, asked.start, asked.end)
    return Json(in_form(summary_shape(found), asked.include) | {"start": asked.start, "end": asked.end})


@routes.get("/sets")
def sets(context: House, _caller: Reader) -> Json:
    """The sets of numbers that whoever runs the installation has kept, the newest first: `?set=NAME` shows them."""
    with context.reading() as connection:
        return Json([asdict(row) for row in list_sets(connection)])
