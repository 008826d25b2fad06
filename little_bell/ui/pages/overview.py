"""The tenant at a glance: what was sent, what came of it, which campaigns did best, what happens now."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import list_campaigns
from little_bell.queries.events import recent_events
from little_bell.queries.overview import summary
from little_bell.queries.series import time_series, zone_of
from little_bell.ui import routes
from little_bell.ui.address import Dated
from little_bell.ui.components.alerts import open_alerts
from little_bell.ui.components.campaign_trend import trend_card
from little_bell.ui.components.chart import Point, events_chart, legend
from little_bell.ui.components.loading import chart_bone, empty, filled, loaded
from little_bell.ui.components.marks import event_badge, icon, to, verdict_badge
from little_bell.ui.components.parts import card, figures_row, page_head, table
from little_bell.ui.components.period import period_picker, period_words
from little_bell.ui.figures import Figure, figures
from little_bell.ui.filters import Filters
from little_bell.ui.live import changes, watcher
from little_bell.ui.period import PeriodLine, period_line, period_of
from little_bell.ui.rows import CampaignLine, EventLine, campaign_line, event_line, point
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.shell import Shell, frame

#: The feed shows what readers and their servers did; of the newest events so many are looked at.
READERS = {"opened", "clicked", "bounced", "complained", "unsubscribed"}
LOOKED_AT, SHOWN = 100, 8


@dataclass(frozen=True, slots=True)
class OverviewFilters(Filters):
    """What the overview looks at."""

    period: str = "30d"
    by: str = "people"


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows, of one moment."""

    period: PeriodLine
    has_campaigns: bool
    figures: list[Figure]
    points: list[Point]
    campaigns: list[CampaignLine]
    activity: list[EventLine]


def view(connection: Connection, who: SignIn, asked: OverviewFilters) -> View:
    """The overview of a period, in the tenant's time zone."""
    now, zone = datetime.now(UTC), zone_of(who.time_zone)
    period = period_of(asked.period, now, zone)
    sums = summary(connection, who.tenant_id, period.start, period.until)
    before = summary(connection, who.tenant_id, *period.before) if period.before else None
    series = time_series(connection, who.tenant_id, period.chart_start, period.end, step=period.step, time_zone=who.time_zone)
    best = list_campaigns(connection, who.tenant_id, sort="-human_opened", limit=5).rows
    events = [event for event in recent_events(connection, who.tenant_id, LOOKED_AT) if event.type in READERS][:SHOWN]
    return View(
        period_line(asked.period, period, zone),
        sums.total_campaigns > 0,
        figures(sums.metrics, before and before.metrics),
        [point(row, period.step == "hour") for row in period.trimmed(series)],
        [campaign_line(row, zone) for row in best],
        [event_line(row, zone, now) for row in events],
    )


class Overview(Dated, rx.State):
    asked: OverviewFilters = OverviewFilters()
    is_loading: bool = True
    has_campaigns: bool = False
    figures: list[Figure] = []
    points: list[Point] = []
    campaigns: list[CampaignLine] = []
    activity: list[EventLine] = []
    _seen: int = 0

    @rx.event
    async def load(self):
        who = await member(self)
        self._read_address()
        self._seen = watcher.version(who.tenant_id)
        self._show(await read(view, who, self.asked))
        return Overview.watch

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                asked = self.asked
            fresh = await watcher.shared(version, ("overview", who.tenant_id, asked), lambda: read(view, who, asked))  # noqa: B023
            async with self:
                if self.asked == asked:
                    self._show(fresh)

    def _show(self, fresh: View) -> None:
        self.period, self.has_campaigns, self.figures, self.points = fresh.period, fresh.has_campaigns, fresh.figures, fresh.points
        self.campaigns, self.activity = fresh.campaigns, fresh.activity
        self.is_loading = False


def page() -> rx.Component:
    return frame(
        routes.OVERVIEW,
        page_head(
            "Overview",
            period_picker(Overview),
            lead=period_words(Overview),
        ),
        open_alerts(),
        rx.cond(
            Overview.is_loading | Overview.has_campaigns,
            rx.el.div(figures_row(Overview.figures, Overview.is_loading), _over_time(), _below(), trend_card(), class_name="stack"),
            _first_steps(),
        ),
    )


def _over_time() -> rx.Component:
    chart = loaded(Overview.is_loading, chart_bone(), events_chart(Overview.points, "Opens, clicks and bounces over time"))
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
    start = rx.cond(Shell.can_edit, to(routes.SETUP, icon("send"), "Set up sending", class_name="button primary"), rx.fragment())
    return card(
        empty(
            "mails",
            "Nothing is being tracked yet",
            "Four steps make your mail trackable: a key, the code for how you send, a self-test, and the first event.",
            start,
        )
    )
