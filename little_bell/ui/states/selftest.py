"""The self-test of sending: the way that readers take to us, step by step; then the first event, as it comes."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.queries.events import recent_events
from little_bell.queries.series import zone_of
from little_bell.selftest import Level, steps
from little_bell.ui.live import changes, outlasting, watcher
from little_bell.ui.rows import EventLine, event_line
from little_bell.ui.session import SignIn, editor, house, member, read, write
from little_bell.ui.states.setup import Setup, campaign_of

#: A test asks our own server: of all tabs together so many at a time.
_at_once = asyncio.Semaphore(2)
TONES = {Level.OK: "good", Level.WARN: "warn", Level.FAIL: "bad"}
#: How many of the newest events are looked through for the first one that is new.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of the self-test."""

    name: str
    tone: str
    said: str
    mend: str


class SelfTest(rx.State):
    is_running: bool = False
    is_done: bool = False
    verdict: str = ""
    tone: str = ""
    steps: list[StepLine] = []

    @rx.event(background=True)
    async def run(self):
        who = await editor(self)
        async with self:
            if self.is_running:
                return
            self.is_running, self.is_done, self.steps = True, False, []
        addresses = house().addresses
        try:
            async with _at_once:
                found = steps(addresses.page(""), addresses, who.tenant_id)
                while (one := await asyncio.to_thread(next, found, None)) is not None:
                    async with self:
                        self.steps = [*self.steps, StepLine(one.name, TONES[one.level], one.said, one.mend)]
        finally:
            async with self:
                self.is_running, self.is_done = False, True
                self.tone, self.verdict = _verdict({one.tone for one in self.steps})


def _verdict(tones: set[str]) -> tuple[str, str]:
    if "bad" in tones:
        return "bad", "Readers can’t reach you yet: mend what is marked, and test again."
    if "warn" in tones:
        return "warn", "It works, with what is marked."
    return "good", "Readers reach you, and everything gets through."


class FirstEvent(rx.State):
    pixel_url: str = ""
    click_url: str = ""
    message: str = ""
    is_waiting: bool = True
    event: list[EventLine] = []
    _after: int = 0
    _seen: int = 0

    @rx.event
    async def load(self):
        who = await member(self)
        newest = await read(recent_events, who.tenant_id, 1)
        self._after, self._seen = newest[0].id if newest else 0, watcher.version(who.tenant_id)
        self.pixel_url, self.click_url, self.message, self.is_waiting, self.event = "", "", "", True, []
        return FirstEvent.watch

    @rx.event
    async def make_message(self):
        """A test message to oneself: in no rate, but its events are seen."""
        who = await editor(self)
        setup = await self.get_state(Setup)
        message_id, token = await write(_test_message, who, setup.campaign)
        addresses = house().addresses
        self.message, self.pixel_url = f"/messages/{message_id}", addresses.pixel_url(token)
        self.click_url = addresses.click_url(who.tenant_id, token, addresses.page("/health"))

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async with self:
            seen, after = self._seen, self._after

        async def has_come() -> bool:
            who = await member(self)
            fresh = [row for row in await read(recent_events, who.tenant_id, LOOKED_AT) if row.id > after]
            if fresh:
                async with self:
                    self.event = [event_line(fresh[-1], zone_of(who.time_zone), datetime.now(UTC))]
                    self.is_waiting = False
            return bool(fresh)

        async for _version in changes(self, seen, who.tenant_id):
            if await outlasting(has_come):
                return


def _test_message(connection: Connection, who: SignIn, campaign: str) -> tuple[int, str]:
    new = NewMessage(campaign_id=campaign_of(connection, who, campaign), recipient_email=who.email, subject="Self-test", test=True)
    [made] = create_messages(connection, who.tenant_id, [new])
    return made.id, made.token
