"""The last campaigns one after the other."""

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.trend import TrendRow, trend
from little_bell.ui import checked
from little_bell.ui.components.chart import Point
from little_bell.ui.pinning import pinned_as, set_in_address
from little_bell.ui.session import SignIn, member
from little_bell.ui.watched import Watched

LAST = 20
BY = {"open": "Open rate", "click": "Click rate"}


def view(connection: Connection, who: SignIn, set_name: str, by: str) -> list[Point]:
    """One for each of the last campaigns, in percent; one that nothing of was delivered has none."""
    with pinned_as(connection, who, set_name):
        return [_point(row, by) for row in trend(connection, who.tenant_id, LAST)]


def _point(row: TrendRow, by: str) -> Point:
    human, every = f"human_{by}_rate", f"{by}_rate"
    told = {"human": row.rates[human], "all": row.rates[every], "median": row.medians[human]}
    return {"label": row.name[:40], **{name: value for name, value in told.items() if value is not None}}


class Trend(Watched, rx.State):
    by: str = "open"
    points: list[Point] = []
    _set: str = ""
    _view = staticmethod(view)

    @rx.event
    async def load(self):
        await member(self)
        self._set = set_in_address(self)
        await self._load()
        return Trend.watch

    @rx.event
    async def choose(self, by: str):
        self.by = checked.one_of(by, "by", BY)
        await self._load()

    def _wanted(self) -> tuple[str, str]:
        return self._set, self.by

    def _show(self, fresh: list[Point]) -> None:
        self.points, self.is_loading = fresh, False
