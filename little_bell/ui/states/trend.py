"""The last campaigns one after the other."""

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.trend import TrendRow, trend
from little_bell.ui import checked
from little_bell.ui.components.chart import Point
from little_bell.ui.live import changes, watcher
from little_bell.ui.pinning import pinned_as, set_in_address
from little_bell.ui.session import SignIn, member, read

LAST = 20
BY = {"open": "Open rate", "click": "Click rate"}


class Trend(rx.State):
    by: str = "open"
    points: list[Point] = []
    _set: str = ""
    _seen: int = 0

    @rx.event
    async def load(self):
        who = await member(self)
        self._set, self._seen = set_in_address(self), watcher.version(who.tenant_id)
        await self._load(who)
        return Trend.watch

    @rx.event
    async def choose(self, by: str):
        who = await member(self)
        self.by = checked.one_of(by, "by", BY)
        await self._load(who)

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                asked = (self._set, self.by)
            key = ("trend", who.tenant_id, *asked)
            fresh = await watcher.shared(version, key, lambda who=who, asked=asked: read(_points, who, *asked))
            async with self:
                if (self._set, self.by) == asked:
                    self.points = fresh

    async def _load(self, who: SignIn) -> None:
        self.points = await read(_points, who, self._set, self.by)


def _points(connection: Connection, who: SignIn, set_name: str, by: str) -> list[Point]:
    with pinned_as(connection, who, set_name):
        return [_point(row, by) for row in trend(connection, who.tenant_id, LAST)]


def _point(row: TrendRow, by: str) -> Point:
    """Percent; a campaign that nothing of was delivered has none."""
    human, every = f"human_{by}_rate", f"{by}_rate"
    told = {"human": row.rates[human], "all": row.rates[every], "median": row.medians[human]}
    return {"label": row.name[:40], **{name: value for name, value in told.items() if value is not None}}
