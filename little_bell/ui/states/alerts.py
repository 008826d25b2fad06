"""What is wrong, what was, and by which thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.alerts import AlertRuleChanges, set_alert_rule
from little_bell.actions.forms import fill
from little_bell.domain.alerts import MOST_LIMIT, TITLES, UNITS, Kind, Rule, kind_of, words
from little_bell.domain.errors import Invalid
from little_bell.providers import PROVIDERS
from little_bell.queries.alerts import AlertRow, get_alert_rules, list_alerts
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.filters import Filters
from little_bell.ui.guard import sentence
from little_bell.ui.live import Watcher, alert_watcher
from little_bell.ui.session import SignIn, editor, member, read, write
from little_bell.ui.shell import Shell
from little_bell.ui.watched import Watched, WatchedList
from little_bell.ui.words import ago, moment

ROWS, SHOWN = 25, 5
STATES = {"open": "Open", "resolved": "Resolved", "all": "All"}
#: How an alert ended.
ENDS = {"better": "good again", "over": "nothing more to watch", "off": "switched off"}

#: A threshold in words.
SAID = {
    Kind.BOUNCES: "above {limit} % of a campaign’s messages of the last 7 days; from {least} sent",
    Kind.COMPLAINTS: "above {limit} % of a campaign’s readers of the last 7 days; from {least} delivered",
    Kind.NO_OPENS: "{limit} h after a send that nobody opens; from {least} messages",
    Kind.SILENCE: "after {limit} h without a webhook, while at least {least} messages go out",
    Kind.FALL: "{limit} % below the median of the campaigns before, at the same age; from {least} delivered",
}


@dataclass(frozen=True, slots=True)
class AlertLine:
    """`href` leads to what it is about; empty for a campaign that is gone."""

    id: int
    title: str
    about: str
    href: str
    text: str
    raised: str
    ago: str
    end: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    kind: str
    title: str
    words: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class AlertFilters(Filters):
    """Which alerts."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"state": STATES}

    state: str = "open"


def _line(who: SignIn, row: AlertRow) -> AlertLine:
    zone, kind, now = zone_of(who.time_zone), Kind(row.kind), datetime.now(UTC)
    provider = PROVIDERS.get(row.subject)
    about = row.campaign or (provider.title if provider else row.subject if kind is Kind.SILENCE else "")
    href = "/settings/webhooks" if kind is Kind.SILENCE else f"/campaigns/{row.campaign_id}" if row.campaign else ""
    end = f"{moment(row.resolved_at, zone)}: {ENDS.get(row.why, row.why)}" if row.resolved_at else ""
    text = words(kind, row.facts)
    return AlertLine(row.id, TITLES[kind], about, href, text, moment(row.raised_at, zone), ago(row.raised_at, now), end, not end)


def _rule(kind: Kind, rule: Rule) -> RuleLine:
    said = SAID[kind].format(limit=f"{rule.limit:g}", least=f"{rule.least:,}")
    return RuleLine(kind, TITLES[kind], said if rule.is_on else "switched off", rule.is_on)


def open_alerts(connection: Connection, who: SignIn) -> Page[AlertLine]:
    """The newest of those that are open."""
    return _page(connection, who, "open", SHOWN)


def alerts_view(connection: Connection, who: SignIn, asked: AlertFilters, cursor: str | None) -> Page[AlertLine]:
    """A page of the alerts asked for."""
    return _page(connection, who, asked.state, ROWS, cursor)


def _page(connection: Connection, who: SignIn, state: str, limit: int, cursor: str | None = None) -> Page[AlertLine]:
    found = list_alerts(connection, who.tenant_id, state, limit=limit, cursor=cursor)
    return Page([_line(who, row) for row in found.rows], found.next_cursor)


class OpenAlerts(Watched, rx.State):
    """What the overview warns of."""

    lines: list[AlertLine] = []
    has_more: bool = False
    _view = staticmethod(open_alerts)

    @rx.event
    async def load(self):
        await member(self)
        await self._load()
        return OpenAlerts.watch

    def _wanted(self) -> tuple[()]:
        return ()

    def _watcher(self) -> Watcher:
        return alert_watcher

    def _show(self, fresh: Page[AlertLine]) -> None:
        self.lines, self.has_more, self.is_loading = fresh.rows, fresh.next_cursor is not None, False


class Alerts(WatchedList, rx.State):
    """The page: a list with its filter, and the thresholds."""

    asked: AlertFilters = AlertFilters()
    rows: list[AlertLine] = []
    rules: list[RuleLine] = []
    kind: str = ""
    title: str = ""
    unit: str = ""
    most: float = 0
    is_on: bool = True
    limit: str = ""
    least: str = ""
    refusal: str = ""
    _view = staticmethod(alerts_view)

    @rx.event
    async def load(self):
        who = await member(self)
        self.rules = [_rule(kind, rule) for kind, rule in (await read(get_alert_rules, who.tenant_id)).items()]
        self.kind, self.refusal = "", ""
        self._read_address()
        await self._load()
        return Alerts.watch

    @rx.event
    async def open_rule(self, kind: str):
        who = await editor(self)
        found = kind_of(checked.text(kind, "kind", 40))
        rule = (await read(get_alert_rules, who.tenant_id))[found]
        self.kind, self.title, self.unit, self.most, self.refusal = found, TITLES[found], UNITS[found], MOST_LIMIT[found], ""
        self.is_on, self.limit, self.least = rule.is_on, f"{rule.limit:g}", str(rule.least)

    @rx.event
    async def close_rule(self, _is_open: bool = False):
        self.kind, self.refusal = "", ""

    @rx.event
    async def save_rule(self, form: dict[str, Any]):
        who = await editor(self)
        given = checked.form(form, "is_on", "limit", "least")
        kind = kind_of(self.kind)
        try:
            values = {"is_on": given["is_on"] == "on", "limit": given["limit"], "least": given["least"]}
            wanted = fill(AlertRuleChanges, values).of(kind, (await read(get_alert_rules, who.tenant_id))[kind])
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        await write(set_alert_rule, who.tenant_id, kind, wanted, who.email)
        await self.load()
        return Shell.say("Saved. It holds from the next look on, within a minute.")

    def _watcher(self) -> Watcher:
        return alert_watcher

    def _show(self, fresh: Page[AlertLine]) -> None:
        self.rows = fresh.rows
        self._arrive(fresh.next_cursor)
        self.is_loading = False
