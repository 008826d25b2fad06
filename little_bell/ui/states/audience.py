"""Everybody mail went to: segments with their counts, a list of one of them, and what one person got."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.exports import Format
from little_bell.domain.number_forms import Include
from little_bell.domain.segments import COUNTED
from little_bell.domain.times import from_micros
from little_bell.queries.person import MailRow, mail_to
from little_bell.queries.segment_files import export_recipients
from little_bell.queries.segments import RecipientRow, count_recipients, count_segments, list_recipients
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.audience_filters import AudienceFilters
from little_bell.ui.file_making import FileMaking, Plan, connect
from little_bell.ui.live import Watcher, recipient_watcher
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.watched import WatchedList
from little_bell.ui.words import NOTHING, count, day, moment, parts_of, things

ROWS = 50
#: A page that few recipients fit is looked for so long; then it is shown as it is, and Next goes on.
LOOK_SECONDS = 0.15
TOO_MANY = f"More than {COUNTED:,} fit each of these conditions, so they aren’t counted together. The file has all of them."
#: What everybody asks for: its name, and the filters that it sets.
READY: dict[str, dict[str, str]] = {
    "Everybody": {},
    "New in 30 days": {"sent": "new-30"},
    "Opened in 30 days": {"opened": "30"},
    "Clicked in 30 days": {"clicked": "30"},
    "Opened none of the last 3": {"unopened": "3"},
    "Opened none of the last 5": {"unopened": "5"},
    "Opened none of the last 10": {"unopened": "10"},
    "Never opened": {"opened": "never"},
    "Never clicked": {"clicked": "never"},
    "Not mailed for 90 days": {"sent": "-90"},
    "Suppressed": {"suppressed": "yes"},
}


@dataclass(frozen=True, slots=True)
class SegmentLine:
    name: str
    count: str
    other: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class RecipientLine:
    address: str
    parts: list[str]
    is_suppressed: bool
    campaigns: str
    opened: str
    clicked: str
    unopened: str
    sent: str
    last_opened: str
    last_clicked: str


@dataclass(frozen=True, slots=True)
class MailLine:
    href: str
    campaign: str
    status: str
    sent: str
    opened: str


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows of a segment."""

    rows: list[RecipientLine]
    next_cursor: str | None
    total: str
    segments: list[SegmentLine]


def recipient_line(row: RecipientRow, include: Include, zone: ZoneInfo) -> RecipientLine:
    """A recipient in one of the two forms, opens and clicks with the other beside them where it differs."""
    known, human = row.standing._asdict(), "human_" if include is Include.HUMAN else ""

    def at(name: str) -> str:
        micros = known[name]
        return day(from_micros(micros), zone) if micros else NOTHING

    times = at("last_sent_at"), at(f"last_{human}opened_at"), at(f"last_{human}clicked_at")
    numbers = (known["campaigns"], known[f"{human}opened"], known[f"{human}clicked"], known[f"{human}unopened"])
    return RecipientLine(row.address, parts_of(row.address), row.is_suppressed, *map(count, numbers), *times)


def mail_line(row: MailRow, zone: ZoneInfo) -> MailLine:
    """A message to somebody; its first open is that of a person."""
    opened = moment(row.human_opened_at, zone)
    return MailLine(f"/messages/{row.id}", row.campaign, row.status, day(row.sent_at or row.created_at, zone), opened)


def _view(connection: Connection, who: SignIn, asked: AudienceFilters, cursor: str | None) -> View:
    segment, zone = asked.segment, zone_of(who.time_zone)
    deadline, rows = time.monotonic() + LOOK_SECONDS, list[RecipientRow]()
    while True:
        page = list_recipients(connection, who.tenant_id, segment, sort=asked.order, limit=ROWS - len(rows), cursor=cursor)
        rows, cursor = rows + page.rows, page.next_cursor
        if cursor is None or len(rows) == ROWS or time.monotonic() > deadline:
            break
    total = count_recipients(connection, who.tenant_id, segment)
    said = TOO_MANY if total is None else things(total, "recipient", "recipients")
    lines = [recipient_line(row, segment.include, zone) for row in rows]
    return View(lines, cursor, said, _segments(connection, who, asked))


def _segments(connection: Connection, who: SignIn, asked: AudienceFilters) -> list[SegmentLine]:
    filters = [AudienceFilters(by=asked.by, sort=asked.sort).with_(**wanted) for wanted in READY.values()]
    other = {"people": "all", "all": "people"}[asked.by]
    both = [one.segment for one in filters] + [one.with_(by=other).segment for one in filters]
    counts = count_segments(connection, who.tenant_id, both)
    lines = []
    for name, one, this, that in zip(READY, filters, counts[: len(filters)], counts[len(filters) :], strict=True):
        words = f"{count(that)} {'with machines' if other == 'all' else 'people'}" if this != that else ""
        lines.append(SegmentLine(name, count(this), words, one == asked))
    return lines


class Audience(WatchedList, rx.State):
    asked: AudienceFilters = AudienceFilters()
    rows: list[RecipientLine] = []
    segments: list[SegmentLine] = []
    total: str = ""
    person: str = ""
    mail: list[MailLine] = []
    _view = staticmethod(_view)

    @rx.event
    async def load(self):
        self._read_address()
        self.person, self.mail = "", []
        await self._load()
        return Audience.watch

    @rx.event
    async def choose_segment(self, name: str):
        """One of those that everybody asks for, instead of what is chosen; order and form stay."""
        wanted = READY[checked.one_of(name, "segment", READY)]
        usual = AudienceFilters()
        gone = {one: getattr(usual, one) for one in self.asked.said if one not in self.asked.WHOLE}
        return self._go(**{**gone, **wanted})

    @rx.event
    async def show_person(self, address: str):
        who = await member(self)
        address = checked.text(address, "address", 320)
        found = await read(mail_to, who.tenant_id, address)
        self.person, self.mail = address, [mail_line(row, zone_of(who.time_zone)) for row in found]

    @rx.event
    async def close_person(self, _is_open: bool = False):
        self.person, self.mail = "", []

    def _watcher(self) -> Watcher:
        return recipient_watcher

    def _show(self, fresh: View) -> None:
        self.rows, self.total, self.segments = fresh.rows, fresh.total, fresh.segments
        self._arrive(fresh.next_cursor)
        self.is_loading = False


class AudienceFile(FileMaking, rx.State):
    async def _words(self) -> str:
        return (await self.get_state(Audience)).asked.words

    async def _plan(self, who: SignIn, format_: Format) -> Plan:
        segment = (await self.get_state(Audience)).asked.segment

        async def total() -> int:
            return await read(_whole_count, who.tenant_id, segment)

        pieces = partial(export_recipients, connect(), who.tenant_id, segment, format_)
        return Plan(format_, total, pieces, "/api/recipients/exports", segment._asdict(), ("recipient", "recipients"))


def _whole_count(connection: Connection, tenant_id: int, segment: Any) -> int:
    return count_recipients(connection, tenant_id, segment, is_whole=True) or 0
