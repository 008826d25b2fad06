"""Addresses that get no mail: found, added, taken off."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.forms import fill
from little_bell.actions.suppressions import NewSuppression
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.suppressions import Why
from little_bell.domain.times import micros_of
from little_bell.journal.records import Release, Suppression
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.queries.suppressions import SuppressionFilter, SuppressionRow, find_suppression, list_suppressions
from little_bell.ui import checked, routes
from little_bell.ui.bounce_rows import words
from little_bell.ui.filters import Filters
from little_bell.ui.guard import sentence
from little_bell.ui.recording import record
from little_bell.ui.session import SignIn, editor, read
from little_bell.ui.shell import Shell, offer_undo
from little_bell.ui.undo import undoes
from little_bell.ui.watched import WatchedList
from little_bell.ui.words import moment, things

ROWS = 25
REASONS = {"": "Every reason", **{str(why): words(why).capitalize() for why in Why}}
LASTS = {"": "For good", "7": "For 7 days", "30": "For 30 days", "90": "For 90 days", "365": "For a year"}
#: What somebody should think of before an address is mailed again.
CAUTION = {
    Why.COMPLAINT: "Its reader called your mail spam. Mailing them again may cost you your reputation.",
    Why.UNSUBSCRIBE: "Its reader asked for no more mail. In many countries mailing them again is against the law.",
    Why.HARD_BOUNCE: "The address was dead. If it still is, the next message puts it back here.",
    Why.SOFT_BOUNCES: "Its last messages failed. The count begins anew.",
    Why.MANUAL: "Somebody put it on the list.",
}


@dataclass(frozen=True, slots=True)
class SuppressionFilters(Filters):
    """Which addresses."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"reason": REASONS}
    PASSING: ClassVar[frozenset[str]] = frozenset({"added", "refused", "lines", "do"})

    q: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SuppressionLine:
    address: str
    why: str
    more: str
    note: str
    since: str
    until: str
    message_href: str


def suppression_line(row: SuppressionRow, zone: ZoneInfo) -> SuppressionLine:
    """An address with its leading reason."""
    more = ", ".join(words(reason.why) for reason in row.reasons if reason.why != row.why)
    until = moment(row.expires_at, zone) if row.expires_at else "for good"
    href = f"/messages/{row.message_id}" if row.message_id else ""
    return SuppressionLine(row.email, words(row.why), f"also {more}" if more else "", row.note, moment(row.since, zone), until, href)


def _page(connection: Connection, who: SignIn, asked: SuppressionFilters, cursor: str | None) -> Page[SuppressionLine]:
    wanted = SuppressionFilter(asked.q, asked.reason or None)
    found = list_suppressions(connection, who.tenant_id, wanted, limit=ROWS, cursor=cursor)
    return Page([suppression_line(row, zone_of(who.time_zone)) for row in found.rows], found.next_cursor)


class Suppressions(WatchedList, rx.State):
    asked: SuppressionFilters = SuppressionFilters()
    rows: list[SuppressionLine] = []
    is_adding: bool = False
    refusal: str = ""
    doomed: str = ""
    caution: str = ""
    notice: str = ""
    export_href: str = routes.SUPPRESSIONS_EXPORT
    _view = staticmethod(_page)

    @rx.event
    async def load(self):
        self._read_address()
        self.is_adding, self.doomed = self.router.url.query_parameters.get("do") == "add", ""
        self.notice = imported(self.router.url.query_parameters)
        await self._load()
        return Suppressions.watch

    @rx.event
    async def set_adding(self, is_open: bool):
        self.is_adding, self.refusal = is_open is True, ""

    @rx.event
    async def add(self, form: dict[str, Any]):
        who = await editor(self)
        given = checked.form(form, "address", "note", "days")
        try:
            new = fill(NewSuppression, {"address": given["address"], "note": given["note"]})
            days = checked.one_of(given["days"], "days", LASTS)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return
        until = datetime.now(UTC) + timedelta(days=int(days)) if days else None
        said = Suppression(who.tenant_id, new.address, str(Why.MANUAL), _now(), "page", None, micros_of(until), new.note)
        await record(who, [said], "suppression.added", new.address)
        self._start_over()
        await self._load()
        self.is_adding, self.refusal = False, ""
        await offer_undo(self, f"{new.address[:80]} gets no more mail.", "suppression", new.address)
        return

    @rx.event
    async def ask_remove(self, address: str):
        who = await editor(self)
        row = await read(find_suppression, who.tenant_id, checked.text(address, "address", 320))
        if row is None:
            raise NotFound("there is no such suppressed address")
        self.doomed, self.caution = row.email, CAUTION[Why(row.why)]

    @rx.event
    async def close_remove(self, _is_open: bool = False):
        self.doomed, self.caution = "", ""

    @rx.event
    async def remove(self):
        who = await editor(self)
        row = await read(find_suppression, who.tenant_id, self.doomed)
        if row is None:
            raise NotFound("there is no such suppressed address")
        await record(who, [Release(who.tenant_id, row.email, _now(), "page")], "suppression.removed", row.email)
        self.doomed, self.caution = "", ""
        await self._load()
        return Shell.say(f"{row.email[:80]} may get mail again.")

    def _show(self, fresh: Page[SuppressionLine]) -> None:
        self.rows = fresh.rows
        self.export_href = routes.suppressions_export(self.asked.q, self.asked.reason)
        self._arrive(fresh.next_cursor)
        self.is_loading = False


@undoes("suppression")
async def _allow_again(state: rx.State, address: str) -> Any:
    who = await editor(state)
    row = await read(find_suppression, who.tenant_id, address)
    if row is None:
        raise NotFound("there is no such suppressed address")
    await record(who, [Release(who.tenant_id, row.email, _now(), "page")], "suppression.removed", row.email)
    return Suppressions.load


def imported(query: Any) -> str:
    """What became of an upload, as the address tells it: numbers alone, since anybody can write an address."""
    numbers = {name: query.get(name, "") for name in ("added", "refused", "lines")}
    if not numbers["added"].isdigit() or len(numbers["added"]) > 9:
        return ""
    said = f"{things(int(numbers['added']), 'line was', 'lines were')} taken from the file."
    refused = numbers["refused"]
    if refused.isdigit() and 0 < len(refused) < 10 and int(refused):
        named = [line for line in numbers["lines"].split(",") if line.isdigit() and len(line) < 10][:10]
        said += f" {things(int(refused), 'line was', 'lines were')} refused"
        said += f" (line {', '.join(named)}{', …' if int(refused) > len(named) else ''})." if named else "."
    return said


def _now() -> int:
    return time.time_ns() // 1_000
