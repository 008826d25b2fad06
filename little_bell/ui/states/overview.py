"""The tenant at a glance: what was sent in a period, what came of it, which campaigns did best and worst, what happens now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import campaign_names
from little_bell.queries.events import recent_events
from little_bell.queries.overview import summary
from little_bell.queries.ranking import RankedCampaign, ranked_campaigns
from little_bell.queries.series import time_series, zone_of
from little_bell.ui.address import Dated
from little_bell.ui.components.chart import Point
from little_bell.ui.figures import Figure, figures
from little_bell.ui.filters import Filters
from little_bell.ui.period import PeriodLine, period_line, period_of
from little_bell.ui.pinning import PinLine, pinned_as, pinned_href
from little_bell.ui.rows import EventLine, event_line, point
from little_bell.ui.session import SignIn, member
from little_bell.ui.watched import Watched
from little_bell.ui.words import count, percent, things

#: The feed shows what readers and their servers did; of the newest events so many are looked at.
READERS = {"opened", "clicked", "bounced", "complained", "unsubscribed"}
LOOKED_AT, SHOWN = 100, 8
#: So many of the best campaigns are shown, and of the worst.
EACH = 3
SORTS = {"open_rate": "By opens", "click_rate": "By clicks"}


@dataclass(frozen=True, slots=True)
class OverviewFilters(Filters):
    """What the overview looks at."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"sort": SORTS}

    period: str = "30d"
    by: str = "people"
    sort: str = "open_rate"
    set: str = ""


@dataclass(frozen=True, slots=True)
class RankedLine:
    href: str
    name: str
    sent: str
    opened: str
    clicked: str
    bounced: str


@dataclass(frozen=True, slots=True)
class FeedLine:
    """Who did what, when, and whether it was a person."""

    href: str
    type: str
    recipient: str
    what: str
    verdict: str
    why: str
    when: str
    ago: str


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows, of one moment."""

    pin: PinLine
    period: PeriodLine
    has_campaigns: bool
    figures: list[Figure]
    points: list[Point]
    best: list[RankedLine]
    worst: list[RankedLine]
    ranked: str
    activity: list[FeedLine]


def view(connection: Connection, who: SignIn, asked: OverviewFilters) -> View:
    """The overview of a period, in the tenant's time zone."""
    now, zone = datetime.now(UTC), zone_of(who.time_zone)
    period = period_of(asked.period, now, zone)
    human = "human_" if asked.by == "people" else ""
    with pinned_as(connection, who, asked.set) as pin:
        sums = summary(connection, who.tenant_id, period.start, period.until)
        before = summary(connection, who.tenant_id, *period.before) if period.before else None
        series = time_series(connection, who.tenant_id, period.chart_start, period.end, step=period.step, time_zone=who.time_zone)
        ranked = ranked_campaigns(connection, who.tenant_id, period.start, period.until, by=human + asked.sort)
    lines = [_ranked_line(one, human, asked.set) for one in ranked]
    worst = max(EACH, len(lines) - EACH)
    return View(
        pin,
        period_line(asked.period, period, zone),
        sums.total_campaigns > 0,
        figures(sums.metrics, before and before.metrics, is_human=human != ""),
        [point(row, period.step == "hour") for row in period.trimmed(series)],
        lines[:EACH],
        lines[worst:],
        f"{things(len(lines), 'campaign', 'campaigns')} of this period",
        _feed(connection, who, now),
    )


def _ranked_line(one: RankedCampaign, human: str, set_name: str) -> RankedLine:
    rates = (one.rates[f"{human}open_rate"], one.rates[f"{human}click_rate"], one.rates["bounce_rate"])
    return RankedLine(pinned_href(f"/campaigns/{one.id}", set_name), one.name, count(one.sent), *map(percent, rates))


def _feed(connection: Connection, who: SignIn, now: datetime) -> list[FeedLine]:
    """The newest by when they happened: a report of yesterday's that came in just now is none of them."""
    theirs = (event for event in recent_events(connection, who.tenant_id, LOOKED_AT) if event.type in READERS)
    newest = sorted(theirs, key=lambda event: (event.occurred_at, event.id), reverse=True)[:SHOWN]
    names = campaign_names(connection, who.tenant_id, {event.campaign_id for event in newest})
    return [_feed_line(event_line(event, zone_of(who.time_zone), now), names.get(event.campaign_id, "")) for event in newest]


def _feed_line(event: EventLine, campaign: str) -> FeedLine:
    what = f"{campaign} · {event.url}" if event.url else campaign
    return FeedLine(event.href, event.type, event.recipient, what, event.verdict, " ".join(event.meanings), event.when, event.ago)


class Overview(Watched, Dated, rx.State):
    asked: OverviewFilters = OverviewFilters()
    pin: PinLine = PinLine()
    has_campaigns: bool = False
    figures: list[Figure] = []
    points: list[Point] = []
    best: list[RankedLine] = []
    worst: list[RankedLine] = []
    ranked: str = ""
    activity: list[FeedLine] = []
    _view = staticmethod(view)

    @rx.event
    async def load(self):
        await member(self)
        self._read_address()
        await self._load()
        return Overview.watch

    def _wanted(self) -> tuple[OverviewFilters]:
        return (self.asked,)

    def _show(self, fresh: View) -> None:
        self.pin, self.period, self.has_campaigns = fresh.pin, fresh.period, fresh.has_campaigns
        self.figures, self.points = fresh.figures, fresh.points
        self.best, self.worst, self.ranked, self.activity = fresh.best, fresh.worst, fresh.ranked, fresh.activity
        self.is_loading = False
