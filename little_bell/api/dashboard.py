"""The tenant's numbers in one answer."""

from typing import Annotated

from fastapi import APIRouter, Query

from little_bell.actions.forms import Utc
from little_bell.api.answers import Json
from little_bell.api.callers import Reader
from little_bell.api.context import House
from little_bell.api.paging import Parameters
from little_bell.queries.overview import summary

routes = APIRouter(prefix="/api/dashboard", tags=["dashboard"])
TOTALS = {
    "total_messages": "total",
    "total_sent": "sent",
    "total_delivered": "delivered",
    "total_opened": "opened",
    "total_human_opened": "human_opened",
    "total_clicked": "clicked",
    "total_human_clicked": "human_clicked",
    "total_bounced": "bounced",
    "total_complained": "complained",
    "total_unsubscribed": "unsubscribed",
}


class Period(Parameters):
    """Messages whose sent_at (else created_at) lies in [start, end), in whole quarter-hours; all without it."""

    start: Utc | None = None
    end: Utc | None = None


@routes.get("/summary")
def sums(context: House, caller: Reader, asked: Annotated[Period, Query()]) -> Json:
    """Totals over all campaigns, and every rate in percent, as all and as human."""
    with context.reading() as connection:
        found = summary(connection, caller.tenant_id, asked.start, asked.end)
    numbers = found.metrics
    totals = {name: numbers[key] for name, key in TOTALS.items()}
    rates = {name: value for name, value in numbers.items() if name.endswith("_rate")}
    events = {name: numbers[name] for name in ("opens", "human_opens", "clicks", "human_clicks", "unique_clicks")}
    return Json({"total_campaigns": found.total_campaigns, **totals, **events, **rates, "start": asked.start, "end": asked.end})
