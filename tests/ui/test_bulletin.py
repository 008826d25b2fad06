"""Redis passes on that numbers moved; while it is away, pages look for themselves."""

import asyncio
import time
from collections.abc import Callable

import pytest

from little_bell import bulletin
from little_bell.bulletin import Listener, Teller
from little_bell.ui import live
from little_bell.ui.live import Watcher
from tests.fixtures.redis import RedisServer
from tests.ui.conftest import run
from tests.ui.test_live import ACME, Folds

PATIENCE_SECONDS = 20.0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def _looks_of_its_own_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what comes at once has come by Redis."""
    monkeypatch.setattr(live, "SELDOM_SECONDS", 60.0)
    monkeypatch.setattr(bulletin, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(bulletin, "HEARTBEAT_SECONDS", 0.2)


def test_a_page_hears_of_a_fold_at_once_and_the_database_is_not_asked_in_between(redis_server: RedisServer) -> None:
    teller = Teller(redis_server.url, "mine")

    async def work() -> None:
        folds, listener = Folds(), Listener(redis_server.url, "mine")
        watcher = Watcher(folds, lambda: listener)
        waiting = asyncio.create_task(watcher.wait(0, ACME, 7))
        await until(lambda: listener.is_listening and folds.asked > 0)
        await asyncio.sleep(live.LOOK_SECONDS + 0.2)  # an old look may still be on its way
        asked = folds.asked
        await asyncio.sleep(live.LOOK_SECONDS + 0.2)
        assert folds.asked == asked
        folds.touch(ACME, 7)
        began = time.monotonic()
        teller.tell()
        assert await waiting == 1
        assert time.monotonic() - began < live.LOOK_SECONDS

    run(asyncio.wait_for(work(), PATIENCE_SECONDS))


def test_another_installation_on_the_same_redis_wakes_nobody_here(redis_server: RedisServer) -> None:
    async def work() -> None:
        mine, other = Listener(redis_server.url, "mine"), Listener(redis_server.url, "other")
        hearing = [asyncio.create_task(listener.run()) for listener in (mine, other)]
        await until(lambda: mine.is_listening and other.is_listening)
        await mine.wait(1)  # that it listens is news, too
        await other.wait(1)
        Teller(redis_server.url, "other").tell()
        await other.wait(PATIENCE_SECONDS)
        assert not mine._has_news.is_set()
        for task in hearing:
            task.cancel()

    run(asyncio.wait_for(work(), PATIENCE_SECONDS))


def test_while_redis_is_away_pages_look_for_themselves_and_hear_again_when_it_is_back(redis_server: RedisServer) -> None:
    teller = Teller(redis_server.url, "mine")

    async def work() -> None:
        folds, listener = Folds(), Listener(redis_server.url, "mine")
        watcher = Watcher(folds, lambda: listener)
        for seen, is_up in enumerate((True, False, True)):
            if is_up and seen:
                redis_server.start()
            elif not is_up:
                redis_server.kill()
            waiting = asyncio.create_task(watcher.wait(seen, ACME, 7))
            await until(lambda: listener.is_listening is is_up)  # noqa: B023 - awaited at once
            folds.touch(ACME, 7)
            teller.tell()
            assert await asyncio.wait_for(waiting, PATIENCE_SECONDS) == seen + 1

    run(asyncio.wait_for(work(), 3 * PATIENCE_SECONDS))
