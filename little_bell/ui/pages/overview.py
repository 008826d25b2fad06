"""The tenant at a glance: what was sent, what came of it, which campaigns did best, what happens now."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import list_campaigns
from little_bell.queries.events import recent_events
from little_bell.queries.overview import summary
from little_bell.queries.series import time_series, zone_of
from little_bell.ui import checked, routes
from little_bell.ui.components.alerts import open_alerts
from little_bell.ui.components.chart import Point, events_chart, legend
from little_bell.ui.components.forms import switch
from little_bell.ui.components.marks import event_badge, icon, to, verdict_badge
from little_bell.ui.components.parts import card, empty, figures_row, filled, page_head, table
from little_bell.ui.figures import Figure, figures
from little_bell.ui.live import changes, watcher
from little_bell.ui.rows import CampaignLine, EventLine, campaign_line, event_line, point
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.shell import Shell, frame

PERIODS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "365d": "1 year"}
LENGTHS = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "365d": timedelta(days=365),
}
#: The feed shows what readers and their servers did; of the newest events so many are looked at.
READERS = {"opened", "clicked", "bounced", "complained", "unsubscribed"}
LOOKED_AT, SHOWN = 100, 8


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows, of one moment."""

    has_campaigns: bool
    figures: list[Figure]
    points: list[Point]
    campaigns: list[CampaignLine]
    activity: list[EventLine]


def view(connection: Connection, who: SignIn, period: str) -> View:
    """The overview of the period that ends now, in the tenant's time zone."""
    end, zone, is_hour = datetime.now(UTC), zone_of(who.time_zone), period == "24h"
    start = end - LENGTHS[period]
    sums = summary(connection, who.tenant_id, start, end)
    before = summary(connection, who.tenant_id, start - LENGTHS[period], start)
    series = time_series(connection, who.tenant_id, start, end, step="hour" if is_hour else "day", time_zone=who.time_zone)
    best = list_campaigns(connection, who.tenant_id, sort="-human_opened", limit=5).rows
    events = [event for event in recent_events(connection, who.tenant_id, LOOKED_AT) if event.type in READERS][:SHOWN]
    return View(
        sums.total_campaigns > 0,
        figures(sums.metrics, before.metrics),
        [point(row, is_hour) for row in series],
        [campaign_line(row, zone) for row in best],
        [event_line(row, zone, end) for row in events],
    )


class Overview(rx.State):
    is_loading: bool = True
    is_stale: bool = False
    period: str = "30d"
    has_campaigns: bool = False
    figures: list[Figure] = []
    points: list[Point] = []
    campaigns: list[CampaignLine] = []
    activity: list[EventLine] = []
    _seen: int = 0

    @rx.event
    async def load(self):
        await self._load()
        return Overview.watch

    @rx.event
    async def choose_period(self, period: str):
        self.period = checked.one_of(period, "period", PERIODS)
        self.is_stale = True
        yield
        await self._load()

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                period = self.period
            fresh = await watcher.shared(version, ("overview", who.tenant_id, period), lambda: read(view, who, period))  # noqa: B023
            async with self:
                if self.period == period:
                    self._show(fresh)

    async def _load(self) -> None:
        who = await member(self)
        self._seen = watcher.version(who.tenant_id)
        self._show(await read(view, who, self.period))

    def _show(self, fresh: View) -> None:
        self.has_campaigns, self.figures, self.points = fresh.has_campaigns, fresh.figures, fresh.points
        self.campaigns, self.activity = fresh.campaigns, fresh.activity
        self.is_loading = self.is_stale = False


def page() -> rx.Component:
    return frame(
        routes.OVERVIEW,
        page_head(
            "Overview",
            switch("Period", Overview.period, Overview.choose_period, PERIODS),
            lead="What your mail did, and what people did with it. Changes are against the period before.",
        ),
        open_alerts(),
        rx.cond(
            Overview.is_loading | Overview.has_campaigns,
            rx.el.div(figures_row(Overview.figures, Overview.is_loading), _over_time(), _below(), class_name=_dimmed("stack")),
            _first_steps(),
        ),
    )


def _over_time() -> rx.Component:
    chart = rx.cond(
        Overview.is_loading, rx.el.div(class_name="chart bone"), events_chart(Overview.points, "Opens, clicks and bounces over time")
    )
    return card(chart, title="Opens, clicks and bounces", aside=legend())


def _below() -> rx.Component:
    return rx.el.div(
        card(
            filled(Overview.is_loading, Overview.campaigns.length() > 0, _best(), rx.fragment()),
            title="Most opened campaigns",
            aside=to(routes.CAMPAIGNS, "All campaigns", class_name="link small"),
            flush=True,
        ),
        card(filled(Overview.is_loading, Overview.activity.length() > 0, _feed(), _quiet()), title="Happening now", flush=True),
        class_name="two",
    )


def _best() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(to(row.href, row.name, class_name="title")),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num"),
            rx.el.td(row.clicked, class_name="num"),
        )

    return table(["Campaign", "#~Sent", "#Open rate", "#Click rate"], rx.foreach(Overview.campaigns, line), "Most opened campaigns")


def _feed() -> rx.Component:
    def line(row: Any) -> rx.Component:
        who = rx.el.div(to(row.href, row.recipient, class_name="cut block"), rx.el.span(row.reasons, class_name="sub"))
        return rx.el.li(
            event_badge(row.type),
            who,
            rx.el.span(verdict_badge(row.verdict), rx.el.time(row.ago, class_name="sub"), class_name="aside", title=row.when),
        )

    return rx.el.ul(rx.foreach(Overview.activity, line), class_name="feed")


def _quiet() -> rx.Component:
    return empty("bell", "Quiet so far", "Opens, clicks and bounces appear here the moment they happen.")


def _first_steps() -> rx.Component:
    create = rx.cond(Shell.can_edit, to(routes.CAMPAIGNS, icon("plus"), "Create a campaign", class_name="button primary"), rx.fragment())
    return card(
        empty(
            "mails",
            "Nothing is being tracked yet",
            "Create a campaign, put its pixel and links into your mail, and watch people open it here.",
            create,
        )
    )


def _dimmed(name: str) -> rx.Var[str]:
    return rx.cond(Overview.is_stale, f"{name} stale", name)
