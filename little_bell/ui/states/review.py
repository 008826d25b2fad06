"""Mail that came back and found no message: somebody looks, and gives it to one or dismisses it."""

import time
from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.domain.readings import MessageSort
from little_bell.journal.records import Review as Looked
from little_bell.queries.bounce_reports import shown
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.messages import MessageRow, get_message
from little_bell.queries.reports import ReportRow, get_report, list_reports
from little_bell.queries.series import zone_of
from little_bell.ui import checked, routes
from little_bell.ui.paging import Paged
from little_bell.ui.recording import record
from little_bell.ui.session import SignIn, editor, member, read
from little_bell.ui.shell import Shell
from little_bell.ui.states.bounce import SOURCES
from little_bell.ui.words import moment

ROWS, MOST_FOUND = 25, 10
UNMATCHED = "unmatched"
NOT_FOUND = "no message found: "


@dataclass(frozen=True, slots=True)
class ReportLine:
    id: int
    href: str
    about: str
    source: str
    when: str


@dataclass(frozen=True, slots=True)
class FoundLine:
    id: int
    recipient: str
    subject: str
    when: str
    status: str


class ReviewQueue(Paged, rx.State):
    is_loading: bool = True
    rows: list[ReportLine] = []

    @rx.event
    async def load(self):
        await self._load()

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        await self._load()

    async def _load(self) -> None:
        who = await member(self)
        page = await read(list_reports, who.tenant_id, UNMATCHED, limit=ROWS, cursor=self._cursor())
        self.rows = [report_line(row, who) for row in page.rows]
        self._arrive(page.next_cursor)
        self.is_loading = False


class Review(rx.State):
    is_loading: bool = True
    is_missing: bool = False
    shown_id: int = 0
    about: str = ""
    source: str = ""
    when: str = ""
    raw: str = ""
    raw_href: str = ""
    sought: str = ""
    found: list[FoundLine] = []
    has_looked: bool = False

    @rx.event
    async def load(self):
        who = await member(self)
        self.reset()
        try:
            row = await read(waiting, who.tenant_id, checked.identifier(self.report_id, "report"))
        except NotFound:
            self.is_missing, self.is_loading = True, False
            return
        line = report_line(row, who)
        self.shown_id, self.about, self.source, self.when = row.id, line.about, line.source, line.when
        self.raw, self.raw_href = shown(row.body), routes.REPORT_RAW.format(row.id)
        self.sought = line.about.partition(",")[0]
        await self._look(who)
        self.is_loading = False

    @rx.event
    async def find(self, sought: str):
        who = await member(self)
        self.sought = checked.text(sought, "search", 320)
        await self._look(who)

    @rx.event
    async def assign(self, message_id: int):
        who = await editor(self)
        row = await read(waiting, who.tenant_id, self.shown_id)
        message = await read(get_message, who.tenant_id, checked.identifier(message_id, "message"))
        told = Looked(who.tenant_id, time.time_ns() // 1_000, row.external_id, message.id)
        await record(who, [told], "report.assigned", f"{row.id} {message.id}")
        return [Shell.say("It is counted for that message."), rx.redirect(f"/messages/{message.id}")]

    @rx.event
    async def dismiss(self):
        who = await editor(self)
        row = await read(waiting, who.tenant_id, self.shown_id)
        told = Looked(who.tenant_id, time.time_ns() // 1_000, row.external_id, is_dismissed=True)
        await record(who, [told], "report.dismissed", str(row.id))
        return [Shell.say("It was dismissed."), rx.redirect(routes.REVIEW)]

    async def _look(self, who: SignIn) -> None:
        wanted = MessageFilter(recipient=self.sought) if "@" in self.sought else MessageFilter(external_id=self.sought)
        page = await read(list_messages, who.tenant_id, wanted, limit=MOST_FOUND, sort=MessageSort.NEWEST) if self.sought else None
        self.found = [found_line(row, who) for row in page.rows] if page else []
        self.has_looked = bool(self.sought)


def waiting(connection: Connection, tenant_id: int, report_id: int) -> ReportRow:
    """The report, if it waits for somebody. Raises NotFound."""
    row = get_report(connection, tenant_id, report_id)
    if row.state != UNMATCHED:
        raise NotFound("there is no such report that waits", "report_id")
    return row


def report_line(row: ReportRow, who: SignIn) -> ReportLine:
    """A report that waits."""
    about = (row.outcome or "").removeprefix(NOT_FOUND) or "nobody is named"
    source = str(row.headers.get("source", ""))
    when = moment(row.received_at, zone_of(who.time_zone))
    return ReportLine(row.id, f"{routes.REVIEW}/{row.id}", about, SOURCES.get(source, source), when)


def found_line(row: MessageRow, who: SignIn) -> FoundLine:
    """A message that it may be about."""
    when = moment(row.sent_at or row.created_at, zone_of(who.time_zone))
    return FoundLine(row.id, row.recipient_email, row.subject or "", when, row.status)
