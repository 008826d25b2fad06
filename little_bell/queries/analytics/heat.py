"""At which hours of which weekdays a campaign's readers open and click."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.models.tables import event_quarters
from little_bell.queries.series import zone_of

COLUMNS = ("sent", "opens", "human_opens", "clicks", "human_clicks")


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
    zone = zone_of(time_zone)
    sums = [[0] * len(COLUMNS) for _ in range(7 * 24)]
    columns = (event_quarters.c.quarter, *(event_quarters.c[name] for name in COLUMNS))
    mine = (event_quarters.c.tenant_id == tenant_id, event_quarters.c.campaign_id == campaign_id)
    for quarter, *counts in connection.execute(select(*columns).where(*mine)):
        at = quarter.astimezone(zone)
        hour = at.weekday() * 24 + at.hour
        sums[hour] = [a + b for a, b in zip(sums[hour], counts, strict=True)]
    return [HeatCell(*divmod(hour, 24), *counts) for hour, counts in enumerate(sums)]
