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
from little_bell.ui.bounce_filters import Filters, checked_filter, filters_in
from little_bell.ui.bounce_rows import BounceLine, RankLine, bounce_line, campaign_lines, category_lines, domain_lines, trend_point
from little_bell.ui.checked import one_of
from little_bell.ui.gauges import Gauge, gauges
from little_bell.ui.live import changes, watcher
from little_bell.ui.paging import Paged
from little_bell.ui.session import SignIn, member, read

ROWS = 50
FIELDS = ("days", "kind", "reason", "domain", "campaign", "q", "sort")
#: The chart of all time shows no more than this.
LONGEST_TREND = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows, of one moment."""

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


def view(connection: Connection, who: SignIn, filters: Filters, cursor: str | None) -> View:
    """What the filters leave. Lists of a deleted campaign, or of another tenant's, are empty."""
    now, zone = datetime.now(UTC), zone_of(who.time_zone)
    start = filters.start(now)
    found = bounce_breakdown(connection, who.tenant_id, start, now + timedelta(minutes=5))
    numbers = summary(connection, who.tenant_id, start, None).metrics
    page = list_bounces(connection, who.tenant_id, filters.filter(now), limit=ROWS, cursor=cursor, sort=filters.sort)
    days = time_series(connection, who.tenant_id, start or now - LONGEST_TREND, now, time_zone=who.time_zone)
    first = next((place for place, day in enumerate(days) if day.bounces or day.complaints), len(days)) if start is None else 0
    return View(
        gauges(numbers, found.hard, found.soft, count_suppressions(connection, who.tenant_id)),
        [trend_point(day) for day in days[first:]],
        category_lines(found, filters),
        domain_lines(found, filters),
        campaign_lines(found, filters),
        found.is_partial,
        [bounce_line(row, zone) for row in page.rows],
        page.next_cursor,
        _name(connection, who.tenant_id, filters.campaign),
        filters.export_href(now),
        count_unmatched(connection, who.tenant_id),
        not (found.hard or found.soft or any(day.complaints for day in days)),
    )


def _name(connection: Connection, tenant_id: int, campaign: str) -> str:
    try:
        return get_campaign(connection, tenant_id, int(campaign)).name if campaign else ""
    except NotFound:
        return "a campaign that isn’t there"


class Bounces(Paged, rx.State):
    is_loading: bool = True
    days: str = "30"
    kind: str = ""
    reason: str = ""
    domain: str = ""
    campaign: str = ""
    campaign_name: str = ""
    q: str = ""
    sort: str = "newest"
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
    _seen: int = 0

    @rx.event
    async def load(self):
        """What the address names."""
        who = await member(self)
        asked = filters_in(self.router.url.query_parameters)
        if asked != self._filters():
            self._start_over()
            for name in FIELDS:
                setattr(self, name, getattr(asked, name))
        self._seen = watcher.version(who.tenant_id)
        self._show(await read(view, who, *self._asked()))
        return Bounces.watch

    @rx.event
    async def find(self, sought: str):
        return self._go("q", sought)

    @rx.event
    async def choose(self, name: str, value: str):
        """Change one filter: the address changes, and what it names is loaded."""
        return self._go(one_of(name, "filter", FIELDS), value)

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        self._show(await read(view, await member(self), *self._asked()))

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for _version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                asked = self._asked()
            fresh = await read(view, who, *asked)
            async with self:
                if self._asked() == asked:
                    self._show(fresh)

    def _go(self, field: str, value: str):
        """To the address with this filter. It is noted at once: the next one may be chosen before the page has arrived there."""
        setattr(self, field, checked_filter(field, value))
        self._start_over()
        return rx.redirect(self._filters().href, replace=True)

    def _filters(self) -> Filters:
        return Filters(**{name: getattr(self, name) for name in FIELDS})

    def _asked(self) -> tuple[Filters, str | None]:
        return self._filters(), self._cursor()

    def _show(self, fresh: View) -> None:
        self.gauges, self.points, self.rows = fresh.gauges, fresh.points, fresh.rows
        self.categories, self.domains, self.campaigns = fresh.categories, fresh.domains, fresh.campaigns
        self.campaign_name, self.export_href, self.waiting = fresh.campaign_name, fresh.export_href, fresh.waiting
        self.is_quiet = fresh.is_quiet
        self.partial = f"The newest {MOST:,} of the period." if fresh.is_partial else ""
        self._arrive(fresh.next_cursor)
        self.is_loading = False
