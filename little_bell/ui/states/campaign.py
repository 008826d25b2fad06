"""One campaign: its numbers as they move, its course over time, its messages, its links, and how to set it up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.queries.bounces import bounces_by_reason
from little_bell.queries.campaigns import CampaignRow, get_campaign
from little_bell.queries.links import campaign_links
from little_bell.queries.series import Step, time_series, zone_of
from little_bell.queries.webhooks import provider_counts
from little_bell.ui import checked, routes
from little_bell.ui.components.chart import Point
from little_bell.ui.figures import Figure, figures, funnel
from little_bell.ui.figures import Step as Stage
from little_bell.ui.live import changes, watcher
from little_bell.ui.rows import LinkLine, ReasonLine, ToldLine, link_lines, point, reason_lines, told_lines
from little_bell.ui.session import SignIn, house, member, read
from little_bell.ui.snippets import Snippets, snippets
from little_bell.ui.states.messages import CampaignMessages
from little_bell.ui.words import moment

TABS = {"results": "Results", "messages": "Messages", "links": "Links", "import": "Import", "setup": "Set up"}
SPANS = {"48h": "48 hours", "30d": "30 days", "1y": "1 year"}
LENGTHS: dict[str, tuple[Step, timedelta]] = {
    "48h": ("hour", timedelta(hours=48)),
    "30d": ("day", timedelta(days=30)),
    "1y": ("day", timedelta(days=365)),
}

#: A campaign of this age is looked at by the hour.
YOUNG = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows of a campaign, of one moment."""

    name: str
    subject: str
    created: str
    is_blank: bool
    figures: list[Figure]
    funnel: list[Stage]
    points: list[Point]
    links: list[LinkLine]
    reasons: list[ReasonLine]
    told: list[ToldLine]


def view(connection: Connection, who: SignIn, campaign_id: int, span: str) -> View:
    """The campaign. Raises NotFound."""
    row = get_campaign(connection, who.tenant_id, campaign_id)
    return View(
        row.name,
        row.subject or "",
        moment(row.created_at, zone_of(who.time_zone)),
        not row.metrics["total"],
        figures(row.metrics),
        funnel(row.metrics),
        _points(connection, who, row, span),
        link_lines(campaign_links(connection, who.tenant_id, campaign_id, 200)),
        reason_lines(bounces_by_reason(connection, who.tenant_id, campaign_id, 20)),
        told_lines(provider_counts(connection, who.tenant_id, campaign_id)),
    )


def _points(connection: Connection, who: SignIn, row: CampaignRow, span: str) -> list[Point]:
    step, length = LENGTHS[span]
    end = datetime.now(UTC)
    one_step = timedelta(hours=1) if step == "hour" else timedelta(days=1)
    start = max(end - length, row.created_at - one_step)  # nothing happened before it was there
    found = time_series(connection, who.tenant_id, start, end, step=step, time_zone=who.time_zone, campaign_id=row.id)
    return [point(one, step == "hour") for one in found]


class Campaign(rx.State):
    is_loading: bool = True
    is_missing: bool = False
    shown_id: int = 0
    tab: str = "results"
    span: str = "30d"
    name: str = ""
    subject: str = ""
    created: str = ""
    is_blank: bool = False
    figures: list[Figure] = []
    funnel: list[Stage] = []
    points: list[Point] = []
    links: list[LinkLine] = []
    reasons: list[ReasonLine] = []
    told: list[ToldLine] = []
    snippets: Snippets = Snippets()
    _seen: int = 0

    @rx.event
    async def load(self):
        """The campaign in the address."""
        who = await member(self)
        try:
            campaign_id = checked.identifier(self.campaign_id, "campaign")
            row = await read(get_campaign, who.tenant_id, campaign_id)
        except NotFound:
            self.reset()
            self.is_missing = True
            return None
        if campaign_id != self.shown_id:
            self.reset()
            self.span = "48h" if datetime.now(UTC) - row.created_at < YOUNG else "30d"
        self.is_missing, self.shown_id = False, campaign_id
        self.snippets = snippets(house().addresses, campaign_id)
        await self._load()
        return [Campaign.watch, CampaignMessages.load] if self.tab == "messages" else Campaign.watch

    @rx.event
    async def choose_tab(self, tab: str):
        self.tab = checked.one_of(tab, "tab", TABS)
        return CampaignMessages.load if tab == "messages" else CampaignMessages.leave

    @rx.event
    async def choose_span(self, span: str):
        self.span = checked.one_of(span, "span", SPANS)
        await self._load()

    @rx.event(background=True)
    async def watch(self):
        who, campaign_id = await member(self), self.shown_id
        if not campaign_id:
            return
        async for version in changes(self, self._seen, who.tenant_id, campaign_id):
            who = await member(self)
            async with self:
                span = self.span
            key = ("campaign", who.tenant_id, campaign_id, span)
            fresh = await watcher.shared(version, key, lambda who=who, span=span: read(view, who, campaign_id, span))
            async with self:
                if (self.shown_id, self.span) == (campaign_id, span):
                    self._show(fresh)

    async def _load(self) -> None:
        who = await member(self)
        self._seen = watcher.version(who.tenant_id, self.shown_id)
        self._show(await read(view, who, self.shown_id, self.span))

    def _show(self, fresh: View) -> None:
        for name in ("name", "subject", "created", "is_blank", "figures", "funnel", "points", "links", "reasons", "told"):
            setattr(self, name, getattr(fresh, name))
        self.is_loading = False


def export_href() -> Any:
    """Where the campaign's CSV is."""
    return f"/api{routes.CAMPAIGNS}/{Campaign.shown_id}/export"
