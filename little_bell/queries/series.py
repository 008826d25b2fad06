"""Events over time, for charts: quarter-hours summed into the hours or days of a time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, select

from little_bell.domain.errors import Invalid
from little_bell.models.tables import event_quarters
from little_bell.queries.campaigns import live
from little_bell.queries.overview import in_period, of_live_campaigns

Step = Literal["hour", "day"]
COLUMNS = ("sent", "delivered", "opens", "human_opens", "clicks", "human_clicks", "bounces", "complaints", "unsubscribes")
#: More points than this is no chart any more: 31 days by the hour, two years by the day.
MAX_POINTS = 750


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """The events of one hour or day; `at` is its start, in the time zone asked for."""

    at: datetime
    sent: int
    delivered: int
    opens: int
    human_opens: int
    clicks: int
    human_clicks: int
    bounces: int
    complaints: int
    unsubscribes: int


def time_series(
    connection: Connection,
    tenant_id: int,
    start: datetime,
    end: datetime,
    *,
    step: Step = "day",
    time_zone: str = "UTC",
    campaign_id: int | None = None,
) -> list[SeriesRow]:
    """Every hour or day of [start, end), those without events too. Raises Invalid for an unknown zone or too long a period."""
    zone = zone_of(time_zone)
    points = _points(start, end, step, zone)
    sums = {at: [0] * len(COLUMNS) for at in points}
    statement = (
        select(event_quarters.c.quarter, *(func.sum(event_quarters.c[name]) for name in COLUMNS))
        .select_from(of_live_campaigns(event_quarters))
        .where(event_quarters.c.tenant_id == tenant_id, live(tenant_id), *in_period(event_quarters, points[0] if points else start, end))
        .group_by(event_quarters.c.quarter)
    )
    if campaign_id is not None:
        statement = statement.where(event_quarters.c.campaign_id == campaign_id)
    for quarter, *counts in connection.execute(statement):
        at = _floor(quarter, step, zone)
        if at in sums:
            sums[at] = [a + int(b) for a, b in zip(sums[at], counts, strict=True)]
    return [SeriesRow(at.astimezone(zone), *counts) for at, counts in sums.items()]


def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone. Raises Invalid for a name that isn't one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder's name, ../, a NUL byte
        raise Invalid(f"there is no time zone {name!r}", "time_zone") from None


def _points(start: datetime, end: datetime, step: Step, zone: ZoneInfo) -> list[datetime]:
    """The starts of all steps that touch [start, end), in UTC: local times alone would not tell the two hours at a clock change apart."""
    points = []
    at = _floor(start, step, zone)
    while at < end:
        points.append(at)
        if len(points) > MAX_POINTS:
            raise Invalid(f"a series has at most {MAX_POINTS} points; ask for days or for a shorter period", "start")
        at = _floor(at + (timedelta(hours=1) if step == "hour" else timedelta(hours=30)), step, zone)
    return points


def _floor(when: datetime, step: Step, zone: ZoneInfo) -> datetime:
    local = when.astimezone(zone)
    if step == "day":
        return datetime.combine(local.date(), time(), zone).astimezone(UTC)
    return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
