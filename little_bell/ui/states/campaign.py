"""One campaign: its numbers as they move, its course, its readers and links; which part of it, the address says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.queries.analytics import clients, countries, link_positions, mailbox_providers, send_curve, week_heat
from little_bell.queries.bounces import bounces_by_reason
from little_bell.queries.campaigns import CampaignRow, get_campaign
from little_bell.queries.links import campaign_links
from little_bell.queries.series import time_series, zone_of
from little_bell.queries.webhooks import provider_counts
from little_bell.ui import checked, routes
from little_bell.ui.address import Addressed
from little_bell.ui.campaign_filters import LENGTHS, CampaignFilters
from little_bell.ui.campaign_rows import (
    BarLine,
    Bounds,
    Heat,
    LinkLine,
    MailboxLine,
    bounds,
    curve_points,
    heat,
    link_lines,
    mailbox_lines,
    medians,
    trait_lines,
)
from little_bell.ui.components.chart import Point
from little_bell.ui.figures import Figure, figures, funnel
from little_bell.ui.figures import Step as Stage
from little_bell.ui.live import watcher
from little_bell.ui.pinning import PinLine, pinned_as
from little_bell.ui.rows import ReasonLine, ToldLine, point, reason_lines, told_lines
from little_bell.ui.session import SignIn, house, member, read
from little_bell.ui.snippets import Snippets, snippets
from little_bell.ui.states.messages import CampaignMessages
from little_bell.ui.watched import Watched
from little_bell.ui.words import ago, moment

#: A campaign of this age is looked at by the hour.
YOUNG = timedelta(days=3)
MOST_LINKS, MOST_REASONS, MOST_VALUES = 200, 20, 12


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows of a campaign at one moment: what leads every part, and the part that is open."""

    name: str
    subject: str
    created: str
    sent_ago: str
    tags: list[str]
    is_archived: bool
    is_blank: bool
    span: str
    figures: list[Figure]
    pin: PinLine
    part: dict[str, Any] = field(default_factory=dict)


def view(connection: Connection, who: SignIn, campaign_id: int, asked: CampaignFilters) -> View:
    """The campaign. Raises NotFound."""
    now = datetime.now(UTC)
    with pinned_as(connection, who, asked.set) as pin:
        row = get_campaign(connection, who.tenant_id, campaign_id)
        span = asked.span or ("48h" if now - row.created_at < YOUNG else "30d")
        tell = PARTS.get(asked.tab)
        part = tell(connection, who, row, span) if tell else {}
    return View(
        row.name,
        row.subject or "",
        moment(row.created_at, zone_of(who.time_zone)),
        ago(row.created_at, now) if row.metrics["sent"] else "",
        row.tags,
        row.archived_at is not None,
        not row.metrics["total"] and not pin.words,
        span,
        figures(row.metrics),
        pin,
        part,
    )


def _results(connection: Connection, who: SignIn, row: CampaignRow, span: str) -> dict[str, Any]:
    curve = send_curve(connection, who.tenant_id, row.id)
    return {
        "funnel": funnel(row.metrics),
        "bounds": bounds(row.metrics),
        "points": _points(connection, who, row, span),
        "curve": curve_points(curve, int(row.metrics["delivered"] or 0)),
        "medians": medians(curve),
        "heat": heat(week_heat(connection, who.tenant_id, row.id, who.time_zone)),
        "reasons": reason_lines(bounces_by_reason(connection, who.tenant_id, row.id, MOST_REASONS)),
        "told": told_lines(provider_counts(connection, who.tenant_id, row.id)),
    }


def _audience(connection: Connection, who: SignIn, row: CampaignRow, _span: str) -> dict[str, Any]:
    found = clients(connection, who.tenant_id, row.id)
    return {
        "mailboxes": mailbox_lines(mailbox_providers(connection, who.tenant_id, row.id)[:MOST_VALUES]),
        "clients": trait_lines(found.clients[:MOST_VALUES]),
        "systems": trait_lines(found.systems[:MOST_VALUES]),
        "devices": trait_lines(found.devices[:MOST_VALUES]),
        "countries": trait_lines(countries(connection, who.tenant_id, row.id)[:MOST_VALUES]),
    }


def _links(connection: Connection, who: SignIn, row: CampaignRow, _span: str) -> dict[str, Any]:
    found = campaign_links(connection, who.tenant_id, row.id, MOST_LINKS)
    return {"links": link_lines(found, link_positions(connection, who.tenant_id, row.id), row.id)}


#: What is read for a part of the page, by its tab.
PARTS = {"results": _results, "audience": _audience, "links": _links}


def _points(connection: Connection, who: SignIn, row: CampaignRow, span: str) -> list[Point]:
    step, length = LENGTHS[span]
    end = datetime.now(UTC)
    one_step = timedelta(hours=1) if step == "hour" else timedelta(days=1)
    start = max(end - length, row.created_at - one_step)  # nothing happened before it was there
    found = time_series(connection, who.tenant_id, start, end, step=step, time_zone=who.time_zone, campaign_id=row.id)
    return [point(one, step == "hour") for one in found]


class Campaign(Watched, Addressed, rx.State):
    asked: CampaignFilters = CampaignFilters()
    pin: PinLine = PinLine()
    is_missing: bool = False
    shown_id: int = 0
    shown_tab: str = ""
    span: str = "30d"
    name: str = ""
    subject: str = ""
    created: str = ""
    sent_ago: str = ""
    tags: list[str] = []
    is_archived: bool = False
    is_blank: bool = False
    figures: list[Figure] = []
    funnel: list[Stage] = []
    bounds: Bounds = Bounds()
    points: list[Point] = []
    curve: list[dict[str, str | float]] = []
    medians: str = ""
    heat: Heat = Heat([])
    reasons: list[ReasonLine] = []
    told: list[ToldLine] = []
    mailboxes: list[MailboxLine] = []
    clients: list[BarLine] = []
    systems: list[BarLine] = []
    devices: list[BarLine] = []
    countries: list[BarLine] = []
    links: list[LinkLine] = []
    snippets: Snippets = Snippets()
    _view = staticmethod(view)
    _shown: CampaignFilters | None = None

    @rx.event
    async def load(self):
        """The campaign in the address."""
        who = await member(self)
        try:
            campaign_id = checked.identifier(self.campaign_id, "campaign")
            await read(get_campaign, who.tenant_id, campaign_id)
        except NotFound:
            self.reset()
            self.is_missing = True
            return None
        if campaign_id != self.shown_id:
            self.reset()
        self._read_address()
        self.is_missing, self.shown_id = False, campaign_id
        self.snippets = snippets(house().addresses, campaign_id)
        # What is asked may have been noted before the page arrived here: what counts is what is shown.
        if self._shown != self.asked or self._seen != watcher.version(who.tenant_id, campaign_id):
            await self._load()
        part = CampaignMessages.load if self.asked.tab == "messages" else CampaignMessages.leave
        return [Campaign.watch, part]

    @rx.event
    async def refresh(self):
        """Show it anew: something of it was changed here."""
        if self.shown_id:
            await self._load()

    def _wanted(self) -> tuple[int, CampaignFilters] | None:
        return (self.shown_id, self.asked) if self.shown_id else None

    def _campaign(self) -> int:
        return self.shown_id

    def _show(self, fresh: View) -> None:
        for name in ("name", "subject", "created", "sent_ago", "tags", "is_archived", "is_blank", "span", "figures", "pin"):
            setattr(self, name, getattr(fresh, name))
        for name, value in fresh.part.items():
            setattr(self, name, value)
        self._shown, self.shown_tab, self.is_loading = self.asked, self.asked.tab, False


def export_href() -> Any:
    """Where the campaign's CSV is."""
    return f"/api{routes.CAMPAIGNS}/{Campaign.shown_id}/export"
