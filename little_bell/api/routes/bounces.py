"""Bounces over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from little_bell.actions.forms import Utc
from little_bell.api.answers import Json
from little_bell.api.callers import Downloader, Reader
from little_bell.api.context import House
from little_bell.api.paging import Cursor, Parameters, QueryId, array
from little_bell.api.routes.downloads import CSV, CsvDownload
from little_bell.api.shapes import bounce_count_shape, bounce_shape
from little_bell.domain.events import BounceType
from little_bell.queries.bounces import BounceFilter, bounce_conditions, bounces_by_reason, list_bounces
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.exports import bounces_csv

MOST_BOUNCES = 1_000
routes = APIRouter(prefix="/api/bounces", tags=["bounces"])


class BounceSearch(Parameters):
    """Which bounces. The period is [start, end); `reason` is any part of the text."""

    campaign_id: QueryId | None = None
    type: BounceType | None = None
    category: Annotated[str, Field(max_length=32)] | None = None
    reason: Annotated[str, Field(max_length=200)] = ""
    domain: Annotated[str, Field(max_length=255)] | None = None
    start: Utc | None = None
    end: Utc | None = None
    is_hard: Annotated[bool, Field(description="whether the address is dead")] | None = None
    search: Annotated[str, Field(max_length=255, description="any part of the address or of the text")] = ""

    def filter(self) -> BounceFilter:
        """The same for a query."""
        kind = str(self.type) if self.type else None
        period = (self.start, self.end)
        return BounceFilter(self.campaign_id, kind, self.category, self.reason, self.domain, *period, self.is_hard, self.search)


class BouncePage(BounceSearch):
    """A page of them."""

    limit: Annotated[int, Field(ge=1, le=MOST_BOUNCES)] = MOST_BOUNCES
    cursor: Cursor | None = None


class Reasons(Parameters):
    """Whose bounces to count, and how many of the reasons to list."""

    campaign_id: QueryId | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_BOUNCES)] = MOST_BOUNCES


@routes.get("")
def page(request: Request, context: House, caller: Reader, asked: Annotated[BouncePage, Query()]) -> Json:
    """Bounces as they were reported, the newest first."""
    with context.reports() as connection:
        if asked.campaign_id is not None:
            get_campaign(connection, caller.tenant_id, asked.campaign_id)
        found = list_bounces(connection, caller.tenant_id, asked.filter(), limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, bounce_shape)


@routes.get("/reasons")
def reasons(context: House, caller: Reader, asked: Annotated[Reasons, Query()]) -> Json:
    """How many messages bounced for which reason, the most frequent first."""
    with context.reports() as connection:
        if asked.campaign_id is not None:
            get_campaign(connection, caller.tenant_id, asked.campaign_id)
        found = bounces_by_reason(connection, caller.tenant_id, asked.campaign_id, asked.limit)
    return Json([bounce_count_shape(row) for row in found])


@routes.get("/export", response_class=Response, responses=CSV)
def export(context: House, caller: Downloader, asked: Annotated[BounceSearch, Query()]) -> CsvDownload:
    """The same as CSV, streamed. A browser that is signed in may follow a link here."""
    if asked.campaign_id is not None:
        with context.reports() as connection:
            get_campaign(connection, caller.tenant_id, asked.campaign_id)
    lines = bounces_csv(context.reports, caller.tenant_id, bounce_conditions(caller.tenant_id, asked.filter()))
    return CsvDownload(lines, "bounces")
