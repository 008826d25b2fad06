"""A file of what a list shows, made while somebody watches how far it is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any

import reflex as rx

from little_bell.db import reading
from little_bell.domain.errors import BellError
from little_bell.domain.exports import Format
from little_bell.export_files import Cancelled, Pieces, asked_for, make
from little_bell.queries.exports import Connect
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.session import SignIn, house, member
from little_bell.ui.words import count, things

FORMATS = {"csv": "CSV", "xlsx": "Excel", "jsonl": "JSON Lines", "parquet": "Parquet"}
LOOK_SECONDS = 0.2
#: So many are made at once, apart from the threads that answer pages; further ones wait.
_makers = ThreadPoolExecutor(2, thread_name_prefix="export")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows it will be, what makes it, where it is then to be had, by which filters, and what one row and many are called."""

    format: Format
    total: Callable[[], Awaitable[int]]
    pieces: Pieces
    place: str
    what: Mapping[str, Any]
    things: tuple[str, str]


@dataclass(slots=True)
class Work:
    """What a thread says of itself while it is at it, and how it is told to end."""

    rows: int = 0
    stop: Event = field(default_factory=Event)

    def advance(self, rows: int) -> None:
        self.rows += rows


#: By tab and dialog: how to end what is being made for it.
_running: dict[tuple[str, str], Work] = {}


def connect() -> Connect:
    """Where files are read from: the replica, if there is one."""
    return replica.reading if (replica := house().replica) else partial(reading, house().engine)


class FileMaking(rx.State, mixin=True):
    """A dialog that makes a file. Its class says what it would hold, and who counts and makes it (`_plan`)."""

    is_open: bool = False
    #: choose, working, done
    step: str = "choose"
    format: str = "csv"
    what: str = ""
    progress: str = ""
    percent: int = 0
    href: str = ""
    problem: str = ""

    @rx.event
    async def set_open(self, is_open: bool):
        """Open it for what the list shows now; closing it ends what is being made."""
        await member(self)
        self._end()
        self.is_open, self.step, self.problem = is_open is True, "choose", ""
        self.what = await self._words()

    @rx.event
    async def choose_format(self, format_: str):
        self.format = checked.one_of(format_, "format", FORMATS)

    @rx.event
    async def cancel(self):
        self._end()
        self.step = "choose"

    @rx.event(background=True)
    async def start(self):
        """Make the file, and hand it to the browser."""
        who = await member(self)
        async with self:
            plan, work = await self._plan(who, Format(self.format)), self._begin()
        try:
            total = await plan.total()
            job = partial(make, plan.pieces, house().exports, who.tenant_id, plan.format, work.advance, work.stop)
            ticket = await self._watched(work, total, asyncio.get_running_loop().run_in_executor(_makers, job))
        except Cancelled:
            return
        except BellError as error:
            async with self:
                self.step, self.problem = "choose", sentence(error.message)
            return
        async with self:
            self.step, self.percent = "done", 100
            self.progress = f"{things(work.rows, *plan.things)} in the file."
            self.href = f"{plan.place}/{ticket}?{asked_for(plan.what, plan.format)}"
        yield rx.download(self.href)

    async def _words(self) -> str:
        """What would be in the file."""
        raise NotImplementedError

    async def _plan(self, who: SignIn, format_: Format) -> Plan:
        raise NotImplementedError

    def _begin(self) -> Work:
        self._end()
        work = _running[self._place()] = Work()
        self.step, self.problem, self.href, self.percent, self.progress = "working", "", "", 0, "Counting …"
        return work

    def _end(self) -> None:
        work = _running.pop(self._place(), None)
        if work is not None:
            work.stop.set()

    def _place(self) -> tuple[str, str]:
        return self.router.session.client_token, self.get_full_name()

    async def _watched(self, work: Work, total: int, task: "asyncio.Future[str]") -> str:
        """The ticket; meanwhile the page hears how far it is."""
        while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
            async with self:
                self.progress = f"{count(work.rows)} of {count(total)}"
                self.percent = min(99, 100 * work.rows // total) if total else 0
        _running.pop(self._place(), None)
        return task.result()
