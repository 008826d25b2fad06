"""What came back in a period: how much, why, from where, and each of it; the filters live in the page's address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.queries.bounce_breakdown import MOST, bounce_breakdown
from little_bell.queries.bounces import list_bounces
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.overview import summary
from little_bell.queries.reports import count_unmatched
from little_bell.queries.series import time_series, zone_of
from little_bell.queries.suppressions import count_suppressions
from little_bell.ui.address import Dated
from little_bell.ui.bounce_filters import BounceFilters, export_href
from little_bell.ui.bounce_rows import BounceLine, RankLine, bounce_line, campaign_lines, category_lines, domain_lines, trend_point
from little_bell.ui.gauges import Gauge, gauges
from little_bell.ui.period import PeriodLine, period_line, period_of
from little_bell.ui.session import SignIn, member
from little_bell.ui.watched import WatchedList

ROWS = 50
#: What is said to have happened a moment from now is among what is counted.
A_MOMENT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows, of one moment."""

    period: PeriodLine
    gauges: list[Gauge]
    points: list[dict[str, str | int]]
    categories: list[RankLine]
    domains: list[RankLine]
    campaigns: list[RankLine]
    is_partial: bool
    rows: list[BounceLine]
    next_cursor: str | None
    campaign_name: str
    export_href: str
    waiting: int
    is_quiet: bool


def view(connection: Connection, who: SignIn, asked: BounceFilters, cursor: str | None) -> View:
    """What the filters leave. Lists of a deleted campaign, or of another tenant's, are empty."""
    now, zone = datetime.now(UTC), zone_of(who.time_zone)
    period = period_of(asked.period, now, zone)
    found = bounce_breakdown(connection, who.tenant_id, period.start, period.until or now + A_MOMENT)
    numbers = summary(connection, who.tenant_id, period.start, period.until).metrics
    wanted = asked.filter(period.start, period.until)
    page = list_bounces(connection, who.tenant_id, wanted, limit=ROWS, cursor=cursor, sort=asked.sort)
    days = period.trimmed(time_series(connection, who.tenant_id, period.chart_start, period.end, time_zone=who.time_zone))
    return View(
        period_line(asked.period, period, zone),
        gauges(numbers, found.hard, found.soft, count_suppressions(connection, who.tenant_id)),
        [trend_point(day) for day in days],
        category_lines(found, asked),
        domain_lines(found, asked),
        campaign_lines(found, asked),
        found.is_partial,
        [bounce_line(row, zone) for row in page.rows],
        page.next_cursor,
        _name(connection, who.tenant_id, asked.campaign),
        export_href(wanted),
        count_unmatched(connection, who.tenant_id),
        not (found.hard or found.soft or any(day.complaints for day in days)),
    )


def _name(connection: Connection, tenant_id: int, campaign: str) -> str:
    try:
        return get_campaign(connection, tenant_id, int(campaign)).name if campaign else ""
    except NotFound:
        return "a campaign that isn’t there"


class Bounces(WatchedList, Dated, rx.State):
    asked: BounceFilters = BounceFilters()
    campaign_name: str = ""
    gauges: list[Gauge] = []
    points: list[dict[str, str | int]] = []
    categories: list[RankLine] = []
    domains: list[RankLine] = []
    campaigns: list[RankLine] = []
    partial: str = ""
    rows: list[BounceLine] = []
    export_href: str = ""
    waiting: int = 0
    is_quiet: bool = False
    _view = staticmethod(view)

    @rx.event
    async def load(self):
        """What the address names."""
        await member(self)
        self._read_address()
        await self._load()
        return Bounces.watch

    def _show(self, fresh: View) -> None:
        self.period, self.gauges, self.points, self.rows = fresh.period, fresh.gauges, fresh.points, fresh.rows
        self.categories, self.domains, self.campaigns = fresh.categories, fresh.domains, fresh.campaigns
        self.campaign_name, self.export_href, self.waiting = fresh.campaign_name, fresh.export_href, fresh.waiting
        self.is_quiet = fresh.is_quiet
        self.partial = f"The newest {MOST:,} of the period." if fresh.is_partial else ""
        self._arrive(fresh.next_cursor)
        self.is_loading = False
