"""A page, or a part of one, that is kept up to date as long as its tab is looked at."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import reflex as rx

from little_bell.ui.address import Addressed
from little_bell.ui.live import Watcher, changes, outlasting, watcher
from little_bell.ui.paging import Paged
from little_bell.ui.session import member, read


class Watched(rx.State, mixin=True):
    """The page's class says `_view`, the query that all it shows comes from; `_wanted()`, what that is asked besides who asks; and
    `_show(fresh)`. Its `load` calls `_load()` and returns its `watch`.

    Tabs of a tenant that want the same share an answer: it must not depend on who of the tenant is signed in.
    """

    is_loading: bool = True
    _seen: int = 0
    _is_loaded: bool = False
    _view: ClassVar[Callable[..., Any]]

    @rx.event(background=True)
    async def watch(self):
        who, campaign_id = await member(self), self._campaign()
        if self._wanted() is None:
            return None

        async def follow(version: int) -> list[Any] | None:
            """Show what it is now. None to go on; else what comes instead."""
            who = await member(self)
            async with self:
                wanted, is_lost = self._wanted(), not self._is_loaded
            if is_lost:  # Redis has forgotten the page: it begins anew, where it is
                return [self.__class__.load]
            if wanted is None:
                return []
            key = (self.get_full_name(), who.tenant_id, *wanted)
            fresh = await self._watcher().shared(version, key, lambda: read(self._view, who, *wanted))
            async with self:
                if self._wanted() == wanted:
                    self._show(fresh)
            return None

        async for version in changes(self, self._seen, who.tenant_id, campaign_id, by=self._watcher()):
            then = await outlasting(partial(follow, version))
            if then is not None:
                return then
        return None

    async def _load(self) -> None:
        who = await member(self)
        self._seen = self._watcher().version(who.tenant_id, self._campaign())
        self._show(await read(self._view, who, *self._wanted()))
        self._is_loaded = True

    def _wanted(self) -> tuple[Any, ...] | None:
        """None while nothing of it is in sight."""
        raise NotImplementedError

    def _campaign(self) -> int | None:
        """Whose changes matter; None for those of every campaign of the tenant."""
        return None

    def _watcher(self) -> Watcher:
        """Who knows when it changed: with the numbers, if it isn't said otherwise."""
        return watcher

    def _show(self, fresh: Any) -> None:
        raise NotImplementedError


class WatchedList(Paged, Addressed, Watched, mixin=True):
    """The same of a list that is filtered as its address says and read page by page."""

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        await self._load()

    def _wanted(self) -> tuple[Any, ...] | None:
        return self.asked, self._cursor()
