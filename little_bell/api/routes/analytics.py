"""What a campaign's readers did, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import OneForm, Parameters, PathId, SetName
from little_bell.api.shapes.analytics import Part, analytics_shape
from little_bell.queries.kept import pinned

routes = APIRouter(prefix="/api/campaigns", tags=["campaigns"])


class Wanted(Parameters):
    """Which parts, in which form, and by which set of numbers that was kept."""

    what: tuple[Part, ...] = ()
    time_zone: Annotated[str, Field(max_length=64, description="of the week: an IANA name; the tenant's if none is given")] | None = None
    include: OneForm | None = None
    set: SetName | None = None


@routes.get("/{campaign_id:int}/analytics")
def analytics(context: House, caller: Reader, campaign_id: PathId, asked: Annotated[Wanted, Query()]) -> Json:
    """Open-rate interval, curve since the hand-over, week, places of links, mailbox providers, clients and countries of a campaign."""
    with context.reports() as connection, pinned(connection, caller.tenant_id, asked.set):
        return Json(analytics_shape(connection, caller.tenant_id, campaign_id, asked.what, asked.time_zone, asked.include))
