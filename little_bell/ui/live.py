"""How an open page learns that its numbers moved: one watcher a process, however many tabs are open.

While somebody waits, one small query asks which campaigns the newest folds touched: when Redis passes on that something
moved, or every half second where nobody would tell. Tabs that show those are woken, all with one version, and tabs that show
the same thing share one answer of the database. A tab that is hidden isn't woken; it catches up when it is shown again.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import reflex as rx
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from little_bell.bulletin import Listener
from little_bell.queries.alerts import changed_alerts
from little_bell.queries.projection import changed_campaigns, changed_recipients
from little_bell.ui.session import house, read_primary, wrote

Result = TypeVar("Result")

LOOK_SECONDS = 0.5
#: Alerts are looked for once a minute (actions.alert_rounds).
ALERT_SECONDS = 5.0
#: Where Redis tells of changes, the database is asked all the same: a word of it can be lost.
SELDOM_SECONDS = 5.0
#: Nobody waits between two redraws: only a longer silence means that no page is open.
IDLE_SECONDS = 5.0
#: What tabs show of a campaign is asked for, and drawn, at most this often, however fast the events come: an open is seen within 2 s.
REST_SECONDS = 1.5
#: Many tabs aren't drawn at once, but over this time for each, so that readers' requests come in between.
SPREAD_SECONDS = 0.004
#: What a page shows is asked for again so long after the database, or Redis with the page's state, was away.
AGAIN_SECONDS = 1.0
SHARED = 512
#: Tabs that are remembered as hidden; of those that were closed meanwhile nobody hears.
HIDDEN = 10_000


#: Given the newest mark that was seen: the newest there is, and (tenant id, campaign id or None) of what changed since.
Look = Callable[[int], Awaitable[tuple[int, list[tuple[int, int | None]]]]]


class Watcher:
    """Knows for each tenant and campaign the newest fold that touched it, as long as anybody waits."""

    def __init__(self, look: Look, listening: Callable[[], Listener | None] = lambda: None, every: float | None = None) -> None:
        self._look, self._every = look, every
        self._listening = listening
        self._fold = 0
        self._changed: dict[tuple[int, int | None], int] = {}
        self._held: dict[tuple[int, int | None], int] = {}
        self._told_at: dict[tuple[int, int | None], float] = {}
        self._waiting = 0
        self._moved: asyncio.Condition | None = None
        self._task: asyncio.Task[None] | None = None
        self._answers: dict[tuple[Any, ...], tuple[int, asyncio.Future[Any]]] = {}

    def version(self, tenant_id: int, campaign_id: int | None = None) -> int:
        """The newest fold that tabs were told of as touching the campaign, or any of the tenant's."""
        return self._changed.get((tenant_id, campaign_id), 0)

    async def wait(self, seen: int, tenant_id: int, campaign_id: int | None = None, is_hidden: Callable[[], bool] = lambda: False) -> int:
        """The version, as soon as it is above `seen`, or the tab is hidden."""
        condition = self._start()
        self._waiting += 1
        try:
            async with condition:
                await condition.wait_for(lambda: self.version(tenant_id, campaign_id) > seen or is_hidden())
        finally:
            self._waiting -= 1
        return self.version(tenant_id, campaign_id)

    async def stir(self) -> None:
        """Let everybody who waits look again whether they still want to."""
        if self._moved is not None and self._task is not None and not self._task.done():
            async with self._moved:
                self._moved.notify_all()

    async def shared(self, version: int, key: tuple[Any, ...], load: Callable[[], Awaitable[Any]]) -> Any:
        """What `load` gives, asked once for all tabs that want the same `key` of the same version."""
        known = self._answers.get(key)
        if known is None or known[0] != version or (known[1].done() and (known[1].cancelled() or known[1].exception())):
            if len(self._answers) >= SHARED:
                self._answers.clear()
            known = self._answers[key] = (version, asyncio.ensure_future(load()))
        return await asyncio.shield(known[1])

    def _start(self) -> asyncio.Condition:
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._moved = asyncio.Condition()
            self._task = loop.create_task(self._run(self._moved))
        assert self._moved is not None
        return self._moved

    async def _run(self, moved: asyncio.Condition) -> None:
        listener, loop = self._listening(), asyncio.get_running_loop()
        hearing = loop.create_task(listener.run()) if listener else None
        seen_at = loop.time()
        try:
            while loop.time() < seen_at + IDLE_SECONDS:
                await self._pause(listener)
                if self._waiting:
                    seen_at = loop.time()
                with suppress(SQLAlchemyError):  # a database that is away comes back; the pages keep what they show
                    await self._notice(moved)
        finally:
            if hearing:
                hearing.cancel()
        for known in (self._changed, self._held, self._told_at, self._answers):
            known.clear()

    async def _pause(self, listener: Listener | None) -> None:
        if listener is None:
            await asyncio.sleep(self._every or LOOK_SECONDS)
        else:  # what is held back has to be told soon
            await listener.wait(SELDOM_SECONDS if listener.is_listening and not self._held else LOOK_SECONDS)

    async def _notice(self, moved: asyncio.Condition) -> None:
        self._fold, changed = await self._look(self._fold)
        for tenant_id, campaign_id in changed:
            self._held[tenant_id, campaign_id] = self._held[tenant_id, None] = self._fold
        now = time.monotonic()
        rested = now - REST_SECONDS + LOOK_SECONDS / 2
        due = [key for key in self._held if self._told_at.get(key, rested) <= rested]
        for key in due:
            self._changed[key], self._told_at[key] = self._held.pop(key), now
        if due:
            async with moved:
                moved.notify_all()


async def _look(after: int) -> tuple[int, list[tuple[int, int | None]]]:
    """On the primary: a replica that is asked next then has to have what was found."""
    newest, changed = await read_primary(changed_campaigns, after)
    if changed:
        wrote()
    return newest, list(changed)


async def _look_at_alerts(after: int) -> tuple[int, list[tuple[int, int | None]]]:
    """Alerts come and go once a minute, with no fold: the mark is the time, in microseconds."""
    newest, tenants = await read_primary(changed_alerts, after)
    if tenants:
        wrote()
    return newest, [(tenant_id, None) for tenant_id in tenants]


async def _look_at_recipients(after: int) -> tuple[int, list[tuple[int, int | None]]]:
    """Their rows are computed a moment after the fold that was told of."""
    newest, tenants = await read_primary(changed_recipients, after)
    if tenants:
        wrote()
    return newest, [(tenant_id, None) for tenant_id in tenants]


watcher = Watcher(_look, lambda: house().listener())
alert_watcher = Watcher(_look_at_alerts, every=ALERT_SECONDS)
recipient_watcher = Watcher(_look_at_recipients)


@dataclass(slots=True)
class _Tab:
    """What a browser tab watches, by the part of its page, and whether anybody looks at it."""

    watching: dict[str, asyncio.Task[Any]] = field(default_factory=dict)
    is_shown: asyncio.Event = field(default_factory=asyncio.Event)

    def is_hidden(self) -> bool:
        return not self.is_shown.is_set()


_tabs: dict[str, _Tab] = {}


def _tab(token: str) -> _Tab:
    if token not in _tabs:
        if len(_tabs) >= HIDDEN:
            for idle in [name for name, tab in _tabs.items() if not tab.watching]:
                del _tabs[idle]
        _tabs[token] = _Tab()
        _tabs[token].is_shown.set()
    return _tabs[token]


async def conceal(token: str) -> None:
    """Nobody looks at the tab: what it watches rests, and costs nothing."""
    _tab(token).is_shown.clear()
    for one in (watcher, alert_watcher):
        await one.stir()


def reveal(token: str) -> None:
    """Somebody looks at the tab again."""
    _tab(token).is_shown.set()


async def outlasting(step: Callable[[], Awaitable[Result]]) -> Result:
    """What a step of a watch gives, done again for as long as the database or Redis is away: the page keeps what it shows, and goes on."""
    while True:
        try:
            return await step()
        except Exception as error:
            if not _is_away(error):
                raise
            await asyncio.sleep(AGAIN_SECONDS)


def _is_away(error: Exception) -> bool:
    """Redis' own errors are told by where they come from: its client is loaded only where there is one."""
    return isinstance(error, OperationalError | InterfaceError) or type(error).__module__.partition(".")[0] == "redis"


async def changes(
    state: rx.State, seen: int, tenant_id: int, campaign_id: int | None = None, by: Watcher | None = None
) -> AsyncIterator[int]:
    """Each new version above `seen` of the numbers, or of what the watcher `by` looks at: what a page's `watch` goes through until its
    tab leaves; none while the tab is hidden.

    A tab has one watch for each part of its page: a second one ends the first, so that calling it again and again costs nothing.
    """
    token, part, task = state.router.session.client_token, state.get_full_name(), asyncio.current_task()
    assert task is not None
    tab = _tab(token)
    before = tab.watching.get(part)
    if before is not None and before is not task:
        before.cancel()
    tab.watching[part] = task
    try:
        while True:
            await tab.is_shown.wait()
            version = await (by or watcher).wait(seen, tenant_id, campaign_id, tab.is_hidden)
            if version > seen and not tab.is_hidden():
                seen = version
                await asyncio.sleep(random.uniform(0, min(1.0, SPREAD_SECONDS * (len(_tabs) - 1))))
                yield seen
    finally:
        if tab.watching.get(part) is task:
            del tab.watching[part]
        if not tab.watching and not tab.is_hidden() and _tabs.get(token) is tab:
            del _tabs[token]
