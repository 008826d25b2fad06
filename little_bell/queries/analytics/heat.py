"""At which hours of which weekdays a campaign's readers open and click."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, func, select, type_coerce

from little_bell.models.tables import event_quarters
from little_bell.queries.series import zone_of

COLUMNS = ("sent", "opens", "human_opens", "clicks", "human_clicks")
HOUR = 3_600_000_000
#: 1970 began on a Thursday, so many hours behind Monday's first.
THURSDAY, WEEK = 3 * 24, 7 * 24


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The events of one hour of the week; `weekday` is 0 for Monday."""

    weekday: int
    hour: int
    sent: int
    opens: int
    human_opens: int
    clicks: int
    human_clicks: int


def week_heat(connection: Connection, tenant_id: int, campaign_id: int, time_zone: str = "UTC") -> list[HeatCell]:
    """All 168 hours of the week, from Monday's first on, in a time zone. Raises Invalid for an unknown one."""
    zone, table = zone_of(time_zone), event_quarters.c
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id)
    first, last = connection.execute(select(func.min(table.quarter), func.max(table.quarter)).where(*mine)).one()
    sums = [[0] * len(COLUMNS) for _ in range(WEEK)]
    for start, end, offset in _offsets(first, last, zone) if first else ():
        hour = ((type_coerce(table.quarter, BigInteger) + offset) // HOUR + THURSDAY) % WEEK
        part = select(hour.label("hour"), *(func.sum(table[name]) for name in COLUMNS)).where(
            *mine, table.quarter >= start, table.quarter < end
        )
        for at, *counts in connection.execute(part.group_by("hour")):
            sums[at] = [a + int(b) for a, b in zip(sums[at], counts, strict=True)]
    return [HeatCell(*divmod(hour, 24), *counts) for hour, counts in enumerate(sums)]


def _offsets(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, int]]:
    """The stretches of [first, last] in which clocks were not changed, each with its offset from UTC in microseconds."""
    start = first
    while start <= last:
        offset = start.astimezone(zone).utcoffset()
        end = start
        for step in (timedelta(days=7), timedelta(days=1), timedelta(minutes=15)):  # quarter-hours: no clock changes within one
            while end <= last and (end + step).astimezone(zone).utcoffset() == offset:
                end += step
        end += timedelta(minutes=15)
        yield start, end, int((offset or timedelta()).total_seconds()) * 1_000_000
        start = end
