"""A file of recipients on its way into a campaign: which column is what, what is wrong with it, how far it has come."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import reflex as rx

from little_bell.actions.forms import NewRecipient
from little_bell.actions.recipients import add_recipients
from little_bell.db import reading, writing
from little_bell.domain.errors import BellError, Invalid, NotFound
from little_bell.recipients.columns import METADATA, Refusal, guess
from little_bell.recipients.load import Loaded, check, load
from little_bell.recipients.staging import Staging
from little_bell.recipients.table import Table
from little_bell.recipients.uploads import kept
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, editor, house, wrote
from little_bell.ui.words import count, things

KINDS = {
    "": "Leave out",
    "recipient_email": "E-mail address",
    "tracking_token": "Tracking token",
    "external_id": "Your own id",
    "subject": "Subject",
    "template_id": "Template",
    "variant": "Variant",
    METADATA: "Keep with the message",
}
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows (Western Europe)",
    "iso-8859-15": "ISO 8859-15",
    "cp1251": "Windows (Cyrillic)",
    "gb18030": "GB 18030",
}
PREVIEWED, REPORTED = 5, 100
LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file: its heading, its first cells, and what it is taken for."""

    place: int
    heading: str
    cells: str
    kind: str


@dataclass(frozen=True, slots=True)
class RefusedLine:
    line: str
    column: str
    reason: str


@dataclass(slots=True)
class Work:
    """What a thread says of itself while it is at it."""

    lines: int = 0

    def advance(self, lines: int) -> None:
        self.lines += lines


@dataclass(frozen=True, slots=True)
class Target:
    """A file and the campaign it is for, as far as whoever is signed in may reach them."""

    tenant_id: int
    campaign_id: int
    ticket: str

    @property
    def path(self) -> Path:
        """Where the file is. Raises NotFound."""
        return kept(house().uploads, self.tenant_id, self.campaign_id, self.ticket)

    def add(self, recipients: Sequence[NewRecipient], is_check: bool) -> Mapping[str, Any]:
        """For recipients.load: in a transaction of its own."""
        with (reading if is_check else writing)(house().engine) as connection:
            done = add_recipients(connection, self.tenant_id, self.campaign_id, recipients, check=is_check)
        wrote()
        refused = [{"row": place, "field": name, "message": message} for place, name, message in done.refused]
        return {"registered": done.registered, "already": done.already, "refused": refused}


#: Checked files by their target: they stand in temporary files of this process.
_checked: dict[Target, Staging] = {}
MOST_CHECKED = 20


@dataclass(frozen=True, slots=True)
class Preview:
    columns: list[ColumnLine] = field(default_factory=list)
    problem: str = ""


def preview(target: Target, encoding: str) -> Preview:
    """The file's columns with their first cells, or why it can't be read. Raises NotFound."""
    with target.path.open("rb") as file:
        try:
            table = Table(file, encoding)
            first = [line.cells for line in islice(table, PREVIEWED)]
        except BellError as error:
            return Preview(problem=sentence(error.message))
    guessed = guess(table.header)
    return Preview(
        [
            ColumnLine(place, name, " · ".join(row[place][:40] for row in first if place < len(row) and row[place]), guessed.get(name, ""))
            for place, name in enumerate(table.header)
        ]
    )


def looked_at(target: Target, kinds: Mapping[str, str], encoding: str, work: Work) -> Staging:
    """Every line checked; kept for `registered`. Raises NotFound, Invalid, Malformed."""
    with target.path.open("rb") as file:
        staging = check(file, target.add, kinds=kinds, encoding=encoding, progress=work.advance)
    forget(target)
    while len(_checked) >= MOST_CHECKED:
        forget(next(iter(_checked)))
    _checked[target] = staging
    return staging


def registered(target: Target, work: Work) -> tuple[Loaded, Staging]:
    """The good lines of a checked file registered. Raises NotFound where it wasn't checked here."""
    staging = _checked.pop(target, None)
    if staging is None:
        raise NotFound("this file has to be checked again", "file")
    return load(staging, target.add, work.advance), staging


def forget(target: Target) -> None:
    """Let go of a checked file."""
    if staging := _checked.pop(target, None):
        staging.close()


class Recipients(rx.State):
    step: str = "file"
    columns: list[ColumnLine] = []
    encoding: str = "utf-8"
    problem: str = ""
    done_lines: int = 0
    all_lines: int = 0
    progress: str = ""
    outcome: str = ""
    can_register: bool = False
    refused: list[RefusedLine] = []
    refused_more: str = ""
    shown_id: int = 0
    _ticket: str = ""

    @rx.event
    async def load(self):
        """The file in the address, if there is one: right after it was uploaded."""
        ticket = checked.text(self.router.url.query_parameters.get("file", ""), "file", 64)
        try:
            campaign_id = checked.identifier(self.campaign_id, "campaign")
        except NotFound:  # the page says so
            return
        if campaign_id != self.shown_id or ticket != self._ticket:
            self.reset()
            self.shown_id, self._ticket = campaign_id, ticket
            if ticket == "none":
                self.problem = "Choose a file first."
            elif ticket:
                await self._read(await editor(self))

    @rx.event
    async def choose_encoding(self, encoding: str):
        self.encoding = checked.one_of(encoding, "encoding", ENCODINGS)
        await self._read(await editor(self))

    @rx.event
    async def choose_kind(self, place: int, kind: str):
        await editor(self)
        kind = checked.one_of(kind, "column", KINDS)
        if place not in range(len(self.columns)) or isinstance(place, bool):
            raise Invalid("there is no such column", "column")
        taken = kind not in ("", METADATA)
        self.columns = [
            replace(line, kind=kind) if line.place == place else replace(line, kind="") if taken and line.kind == kind else line
            for line in self.columns
        ]

    @rx.event(background=True)
    async def look(self):
        """Check every line; nothing is registered."""
        target, work = await self._begin("checking")
        async with self:
            kinds, encoding = {line.heading: line.kind for line in self.columns if line.heading}, self.encoding
        try:
            staging = await self._watched(work, asyncio.to_thread(looked_at, target, kinds, encoding, work))
        except BellError as error:
            await self._stop("columns", sentence(error.message))
            return
        shown = await asyncio.to_thread(lambda: list(staging.refusals(REPORTED)))
        async with self:
            self.step, self.problem, self.can_register = "checked", "", staging.good > 0
            self.all_lines = staging.good
            self.outcome = f"{things(staging.good, 'line is', 'lines are')} good, {count(staging.refused)} refused."
            self._report(shown, staging.refused)

    @rx.event(background=True)
    async def register(self):
        """Register the good lines of the checked file."""
        target, work = await self._begin("registering")
        try:
            done, staging = await self._watched(work, asyncio.to_thread(registered, target, work))
        except BellError as error:
            await self._stop("columns", sentence(error.message))
            return
        shown = await asyncio.to_thread(lambda: list(staging.refusals(REPORTED)))
        async with self:
            self.step = "done"
            already = f", {count(done.already)} were already" if done.already else ""
            self.outcome = f"{things(done.registered, 'recipient', 'recipients')} registered{already}, {count(staging.refused)} refused."
            self._report(shown, staging.refused)
        await asyncio.to_thread(staging.close)
        await asyncio.to_thread(target.path.unlink, missing_ok=True)

    @rx.event
    async def start_again(self):
        who = await editor(self)
        await asyncio.to_thread(forget, self._target(who))
        shown_id = self.shown_id
        self.reset()
        self.shown_id = shown_id

    async def _read(self, who: SignIn) -> None:
        try:
            found = await asyncio.to_thread(preview, self._target(who), self.encoding)
        except NotFound as error:
            self.step, self.problem = "file", sentence(error.message)
            return
        self.step, self.columns, self.problem = "columns", found.columns, found.problem

    def _target(self, who: SignIn) -> Target:
        return Target(who.tenant_id, self.shown_id, self._ticket)

    async def _begin(self, step: str) -> tuple[Target, Work]:
        who = await editor(self)
        async with self:
            self.step, self.problem, self.progress = step, "", ""
            return self._target(who), Work()

    async def _watched(self, work: Work, thread: Any) -> Any:
        """What the thread comes to; meanwhile the page hears how far it is."""
        task = asyncio.ensure_future(thread)
        while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
            async with self:
                self.done_lines, self.progress = work.lines, f"{count(work.lines)} lines"
        return task.result()

    async def _stop(self, step: str, problem: str) -> None:
        async with self:
            self.step, self.problem = step, problem

    def _report(self, shown: Sequence[Refusal], refused: int) -> None:
        self.refused = [RefusedLine(count(one.line), one.column, one.reason) for one in shown]
        self.refused_more = f"… and {count(refused - len(shown))} more." if refused > len(shown) else ""
