"""The last campaigns one after the other, over HTTP."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import Parameters, SetName
from little_bell.queries.kept import pinned
from little_bell.queries.trend import MOST, trend

routes = APIRouter(tags=["dashboard"])


class TrendSearch(Parameters):
    """How many of the last, and by which set of numbers that was kept."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = 20
    set: SetName | None = None


@routes.get("/api/dashboard/trend")
def over_campaigns(context: House, caller: Reader, asked: Annotated[TrendSearch, Query()]) -> Json:
    """The rates of the last campaigns in order, each with the median of it and the four before."""
    with context.reports() as connection, pinned(connection, caller.tenant_id, asked.set):
        return Json([asdict(row) for row in trend(connection, caller.tenant_id, asked.limit)])
