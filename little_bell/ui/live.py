"""How an open page learns that its numbers moved: one watcher a process, however many tabs are open.

While somebody waits, one small query every half second asks which campaigns the newest folds touched. Tabs that show
those are woken, and tabs that show the same thing share one answer of the database.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import reflex as rx
from sqlalchemy.exc import SQLAlchemyError

from little_bell.queries.projection import changed_campaigns
from little_bell.ui.session import read_primary, wrote

LOOK_SECONDS = 0.5
#: A tab redraws at most this often, however fast the events come.
REST_SECONDS = 1.0
SHARED = 512


class Watcher:
    """Knows for each tenant and campaign the newest fold that touched it, as long as anybody waits."""

    def __init__(self, look: Callable[[int], Awaitable[tuple[int, list[tuple[int, int]]]]]) -> None:
        self._look = look
        self._fold = 0
        self._changed: dict[tuple[int, int | None], int] = {}
        self._waiting = 0
        self._moved: asyncio.Condition | None = None
        self._task: asyncio.Task[None] | None = None
        self._answers: dict[tuple[Any, ...], tuple[int, asyncio.Future[Any]]] = {}

    def version(self, tenant_id: int, campaign_id: int | None = None) -> int:
        """The newest fold known to have touched the campaign, or any of the tenant's."""
        return self._changed.get((tenant_id, campaign_id), 0)

    async def wait(self, seen: int, tenant_id: int, campaign_id: int | None = None) -> int:
        """The version, as soon as it is above `seen`."""
        condition = self._start()
        self._waiting += 1
        try:
            async with condition:
                await condition.wait_for(lambda: self.version(tenant_id, campaign_id) > seen)
        finally:
            self._waiting -= 1
        return self.version(tenant_id, campaign_id)

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
        idle = 0
        while idle < 10:  # nobody waits between two redraws: only a longer silence means that no page is open
            await asyncio.sleep(LOOK_SECONDS)
            idle = 0 if self._waiting else idle + 1
            with suppress(SQLAlchemyError):  # a database that is away comes back; the pages keep what they show
                await self._notice(moved)
        self._changed.clear()
        self._answers.clear()

    async def _notice(self, moved: asyncio.Condition) -> None:
        self._fold, changed = await self._look(self._fold)
        if not changed:
            return
        for tenant_id, campaign_id in changed:
            self._changed[tenant_id, campaign_id] = self._changed[tenant_id, None] = self._fold
        async with moved:
            moved.notify_all()


async def _look(after: int) -> tuple[int, list[tuple[int, int]]]:
    """On the primary: a replica that is asked next then has to have what was found."""
    newest, changed = await read_primary(changed_campaigns, after)
    if changed:
        wrote()
    return newest, changed


watcher = Watcher(_look)


_watching: dict[tuple[str, str], asyncio.Task[Any]] = {}


async def changes(state: rx.State, seen: int, tenant_id: int, campaign_id: int | None = None) -> AsyncIterator[int]:
    """Each new version above `seen`, with a rest between: what a page's `watch` goes through until its tab leaves.

    A tab has one watch for each part of its page: a second one ends the first, so that calling it again and again costs nothing.
    """
    key, task = (state.router.session.client_token, state.get_full_name()), asyncio.current_task()
    assert task is not None
    before = _watching.get(key)
    if before is not None and before is not task:
        before.cancel()
    _watching[key] = task
    try:
        while True:
            seen = await watcher.wait(seen, tenant_id, campaign_id)
            yield seen
            await asyncio.sleep(REST_SECONDS)
    finally:
        if _watching.get(key) is task:
            del _watching[key]
