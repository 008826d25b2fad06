"""The last campaigns one after the other."""

import reflex as rx

from little_bell.queries.trend import TrendRow, trend
from little_bell.ui import checked
from little_bell.ui.components.chart import Point
from little_bell.ui.session import member, read

LAST = 20
BY = {"open": "Open rate", "click": "Click rate"}


class Trend(rx.State):
    by: str = "open"
    points: list[Point] = []

    @rx.event
    async def load(self):
        who = await member(self)
        self.points = [_point(row, self.by) for row in await read(trend, who.tenant_id, LAST)]

    @rx.event
    async def choose(self, by: str):
        self.by = checked.one_of(by, "by", BY)
        await self.load()


def _point(row: TrendRow, by: str) -> Point:
    """Percent; a campaign that nothing of was delivered has none."""
    human, every = f"human_{by}_rate", f"{by}_rate"
    told = {"human": row.rates[human], "all": row.rates[every], "median": row.medians[human]}
    return {"label": row.name[:40], **{name: value for name, value in told.items() if value is not None}}
