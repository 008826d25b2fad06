"""A file of the messages that the list shows, made while somebody watches how far it is."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event

import reflex as rx

from little_bell.db import reading
from little_bell.domain.errors import BellError
from little_bell.domain.exports import Format
from little_bell.export_files import Cancelled, make
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.message_counts import count_messages
from little_bell.ui import checked
from little_bell.ui.guard import sentence
from little_bell.ui.message_filters import CLICKED, OPENED, STATUSES, MessageFilters
from little_bell.ui.session import house, member, read
from little_bell.ui.states.messages import CampaignMessages
from little_bell.ui.words import count, things

FORMATS = {"csv": "CSV", "xlsx": "Excel", "jsonl": "JSON Lines", "parquet": "Parquet"}
LOOK_SECONDS = 0.2
#: So many are made at once, apart from the threads that answer pages; further ones wait.
_makers = ThreadPoolExecutor(2, thread_name_prefix="export")


@dataclass(slots=True)
class Work:
    """What a thread says of itself while it is at it, and how it is told to end."""

    rows: int = 0
    stop: Event = field(default_factory=Event)

    def advance(self, rows: int) -> None:
        self.rows += rows


#: By tab: how to end what is being made for it.
_running: dict[str, Work] = {}


class Exporting(rx.State):
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
        messages = await self.get_state(CampaignMessages)
        self.what = in_words(messages.asked)

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
            messages = await self.get_state(CampaignMessages)
            campaign_id, asked, format_ = messages.shown_id, messages.asked, Format(self.format)
            work = self._begin()
        try:
            await read(get_campaign, who.tenant_id, campaign_id)
            wanted = asked.filter(campaign_id)
            connect = replica.reading if (replica := house().replica) else partial(reading, house().engine)
            total = await read(count_messages, who.tenant_id, wanted)
            job = partial(make, connect, house().exports, who.tenant_id, wanted, format_, work.advance, work.stop)
            ticket = await self._watched(work, total, asyncio.get_running_loop().run_in_executor(_makers, job))
        except Cancelled:
            return
        except BellError as error:
            async with self:
                self.step, self.problem = "choose", sentence(error.message)
            return
        async with self:
            self.step, self.percent = "done", 100
            self.progress = f"{things(work.rows, 'message', 'messages')} in the file."
            self.href = f"/api/campaigns/{campaign_id}/exports/{ticket}?format={format_}"
        yield rx.download(self.href)

    def _begin(self) -> Work:
        self._end()
        work = _running[self.router.session.client_token] = Work()
        self.step, self.problem, self.href, self.percent, self.progress = "working", "", "", 0, "Counting …"
        return work

    def _end(self) -> None:
        work = _running.pop(self.router.session.client_token, None)
        if work is not None:
            work.stop.set()

    async def _watched(self, work: Work, total: int, task: "asyncio.Future[str]") -> str:
        """The ticket; meanwhile the page hears how far it is."""
        while not (await asyncio.wait([task], timeout=LOOK_SECONDS))[0]:
            async with self:
                self.progress = f"{count(work.rows)} of {count(total)}"
                self.percent = min(99, 100 * work.rows // total) if total else 0
        _running.pop(self.router.session.client_token, None)
        return task.result()


def in_words(asked: MessageFilters) -> str:
    """Which messages the filters leave."""
    chosen = [words[value] for words, value in ((STATUSES, asked.status), (OPENED, asked.opened), (CLICKED, asked.clicked)) if value]
    chosen += [f"to {asked.domain}"] if asked.domain else []
    chosen += [f"with “{asked.q}” in the address"] if asked.q else []
    chosen += ["that followed the chosen link"] if asked.link else []
    return f"The messages that the list shows: {', '.join(chosen).lower()}." if chosen else "All messages of this campaign."
