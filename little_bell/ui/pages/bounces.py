"""What didn't arrive: why, and whom it was for."""

from typing import Any

import reflex as rx

from little_bell.domain.events import BounceType
from little_bell.queries.bounces import BounceFilter, BounceRow, bounces_by_reason, list_bounces
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked, routes
from little_bell.ui.components.forms import choice, search
from little_bell.ui.components.marks import TYPE_TONES, badge, to
from little_bell.ui.components.parts import card, download, empty, filled, page_head, reasons_table, table
from little_bell.ui.live import changes, watcher
from little_bell.ui.paging import Paged, pager
from little_bell.ui.rows import BounceLine, ReasonLine, bounce_line, reason_lines
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.shell import frame

ROWS = 50
KINDS = {"": "Every kind", **{str(kind): str(kind).capitalize() for kind in BounceType}}


class Bounces(Paged, rx.State):
    is_loading: bool = True
    sought: str = ""
    kind: str = ""
    rows: list[BounceLine] = []
    reasons: list[ReasonLine] = []
    _seen: int = 0

    @rx.event
    async def load(self):
        await self._load()
        return Bounces.watch

    @rx.event
    async def find(self, sought: str):
        self.sought = checked.text(sought, "search", 200)
        self._start_over()
        await self._load()

    @rx.event
    async def choose_kind(self, kind: str):
        self.kind = checked.one_of(kind, "kind", KINDS)
        self._start_over()
        await self._load()

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        await self._load()

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for _version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                asked = self._asked()
            page, reasons = await _read(who, *asked)
            async with self:
                if self._asked() == asked:
                    self._show(who, page, reasons)

    async def _load(self) -> None:
        who = await member(self)
        self._seen = watcher.version(who.tenant_id)
        self._show(who, *await _read(who, *self._asked()))

    def _asked(self) -> tuple[str, str, str | None]:
        return (self.sought, self.kind, self._cursor())

    def _show(self, who: SignIn, page: Page[BounceRow], reasons: list[ReasonLine]) -> None:
        self.rows = [bounce_line(row, zone_of(who.time_zone)) for row in page.rows]
        self.reasons = reasons
        self._arrive(page.next_cursor)
        self.is_loading = False


async def _read(who: SignIn, sought: str, kind: str, cursor: str | None) -> tuple[Page[BounceRow], list[ReasonLine]]:
    wanted = BounceFilter(bounce_type=kind or None, reason=sought)
    page = await read(list_bounces, who.tenant_id, wanted, limit=ROWS, cursor=cursor)
    return page, reason_lines(await read(bounces_by_reason, who.tenant_id, None, 12))


def page() -> rx.Component:
    return frame(
        routes.BOUNCES,
        page_head(
            "Bounces", download("Download CSV", routes.BOUNCES_EXPORT), lead="Mail that finally failed, and what the other side said."
        ),
        card(
            filled(Bounces.is_loading, Bounces.reasons.length() > 0, reasons_table(Bounces.reasons), _none_yet()),
            title="By reason",
            flush=True,
        ),
        card(
            rx.el.div(
                search("Search in reasons", Bounces.sought, Bounces.find),
                choice("Kind", Bounces.kind, Bounces.choose_kind, KINDS),
                class_name="tools",
            ),
            filled(Bounces.is_loading, Bounces.rows.length() > 0, _table(), _none_found(), 8),
            pager(Bounces),
            flush=True,
        ),
    )


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(to(row.href, row.recipient, class_name="title")),
            rx.el.td(badge(row.type, TYPE_TONES), class_name="wide-only"),
            rx.el.td(row.reason, rx.el.span(row.category, class_name="sub")),
            rx.el.td(row.when, class_name="num wide-only"),
        )

    return table(["Recipient", "~Kind", "Reason", "#~When"], rx.foreach(Bounces.rows, line), "Bounces")


def _none_yet() -> rx.Component:
    return empty(
        "circle-check", "Nothing has bounced", "Failures that your mail server or provider reports are listed here with their reason."
    )


def _none_found() -> rx.Component:
    return empty("inbox", "No bounces to show", "Nothing matches, or nothing has bounced yet.")
