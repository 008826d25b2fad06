"""What providers told, over HTTP: endpoints, deliveries, and one of them read again. Their own requests go to ingest/webhooks.py."""

import time
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from little_bell.api.answers import Json
from little_bell.api.callers import Reader, Reporter
from little_bell.api.context import House
from little_bell.api.paging import Cursor, Parameters, PathId, array
from little_bell.api.recorded import record
from little_bell.api.webhook_records import told_again
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.webhooks import list_deliveries, list_endpoints, provider_counts

MOST_DELIVERIES = 200
routes = APIRouter(tags=["webhooks"])


class DeliverySearch(Parameters):
    """Whose deliveries, a page at a time."""

    provider: Annotated[str, Field(max_length=32)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_DELIVERIES)] = 50
    cursor: Cursor | None = None


@routes.get("/api/webhooks")
def endpoints(context: House, caller: Reader) -> Json:
    """The providers that are believed; never their secrets."""
    with context.reading() as connection:
        rows = list_endpoints(connection, caller.tenant_id)
    return Json([asdict(row) for row in rows])


@routes.get("/api/webhooks/deliveries")
def deliveries(request: Request, context: House, caller: Reader, asked: Annotated[DeliverySearch, Query()]) -> Json:
    """What providers sent, the newest first, and what has become of it."""
    with context.reading() as connection:
        found = list_deliveries(connection, caller.tenant_id, asked.provider, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, asdict)


@routes.post("/api/webhooks/deliveries/{receipt_id:int}/rerun")
def rerun(request: Request, context: House, caller: Reporter, receipt_id: PathId) -> Json:
    """Read a delivery again: what found no message is looked for once more, what was placed stays."""
    with context.reading() as connection:
        records = told_again(connection, caller.tenant_id, receipt_id, time.time_ns() // 1_000)
    if not records:
        return Json({"processed": 0})
    return record(context, caller, request, b"", records, {"processed": len(records)})


@routes.get("/api/campaigns/{campaign_id:int}/providers")
def told_of(context: House, caller: Reader, campaign_id: PathId) -> Json:
    """What each provider told of a campaign's readers, and how much of it our own pixel and links saw too."""
    with context.reading() as connection:
        get_campaign(connection, caller.tenant_id, campaign_id)
        rows = provider_counts(connection, caller.tenant_id, campaign_id)
    return Json([asdict(row) for row in rows])
