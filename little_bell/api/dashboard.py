"""The tenant's numbers in one answer."""

from typing import Annotated

from fastapi import APIRouter, Query

from little_bell.actions.forms import Period
from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import OneForm
from little_bell.api.shapes import summary_shape
from little_bell.domain.number_forms import in_form
from little_bell.queries.overview import summary

routes = APIRouter(prefix="/api/dashboard", tags=["dashboard"])


class Dates(Period):
    """A period, and in which form its numbers are told."""

    include: OneForm | None = None


@routes.get("/summary")
def sums(context: House, caller: Reader, asked: Annotated[Dates, Query()]) -> Json:
    """Totals over all campaigns, and every rate in percent, as all and as human."""
    with context.reports() as connection:
        found = summary(connection, caller.tenant_id, asked.start, asked.end)
    return Json(in_form(summary_shape(found), asked.include) | {"start": asked.start, "end": asked.end})
