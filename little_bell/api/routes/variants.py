"""A campaign's variants over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import Parameters, PathId, SetName
from little_bell.api.shapes.variant import experiment_shape
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.kept import pinned
from little_bell.queries.variants import variants

routes = APIRouter(tags=["campaigns"])


class VariantSearch(Parameters):
    """What they are judged by, whose opens and clicks count, and by which set of numbers that was kept."""

    by: Literal["click", "open"] = "click"
    include: Literal["human", "all"] = "human"
    set: SetName | None = None


@routes.get("/api/campaigns/{campaign_id:int}/variants")
def compared(context: House, caller: Reader, campaign_id: PathId, asked: Annotated[VariantSearch, Query()]) -> Json:
    """A campaign's variants side by side: which is better, how sure that is, and how much mail it would take to tell."""
    with context.reports() as connection, pinned(connection, caller.tenant_id, asked.set):
        get_campaign(connection, caller.tenant_id, campaign_id)
        found = variants(connection, caller.tenant_id, campaign_id, asked.by, asked.include == "human")
    return Json(experiment_shape(found, asked.by, asked.include))
