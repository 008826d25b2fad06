"""One watcher a process wakes the tabs whose numbers moved, and no others."""

import asyncio
from types import SimpleNamespace

import pytest
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from little_bell.domain.errors import NotFound
from little_bell.ui import live
from little_bell.ui.live import Watcher
from tests.ui.conftest import run

ACME, OTHER = 1, 2


class Folds:
    """Stands in for the query: hands out what a test has folded, and counts how often it was asked."""

    def __init__(self) -> None:
        self.fold, self.asked, self.changed, self.is_down = 0, 0, [], False

    def touch(self, tenant_id: int, campaign_id: int) -> None:
        self.fold += 1
        self.changed.append((self.fold, tenant_id, campaign_id))

    async def __call__(self, after: int) -> tuple[int, list[tuple[int, int]]]:
        self.asked += 1
        if self.is_down:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        return self.fold, [(tenant, campaign) for fold, tenant, campaign in self.changed if fold > after]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(live, "REST_SECONDS", 0.02)
    monkeypatch.setattr(live, "SPREAD_SECONDS", 0.0)


def test_a_tab_is_woken_when_its_campaign_moves_and_not_when_another_does() -> None:
    async def work() -> None:
        folds = Folds()
        watcher = Watcher(folds)
        mine = asyncio.create_task(watcher.wait(0, ACME, 7))
        other = asyncio.create_task(watcher.wait(0, ACME, 8))
        folds.touch(ACME, 7)
        assert await mine == 1
        assert not other.done()
        other.cancel()

    run(asyncio.wait_for(work(), 10))


def test_a_tenants_page_is_woken_by_each_of_its_campaigns_and_by_no_other_tenants() -> None:
    async def work() -> None:
        folds = Folds()
        watcher = Watcher(folds)
        charlie = asyncio.create_task(watcher.wait(0, OTHER))
        folds.touch(ACME, 8)
        assert await watcher.wait(0, ACME) == 1
        assert not charlie.done()
        charlie.cancel()

    run(asyncio.wait_for(work(), 10))


def test_the_database_is_asked_as_often_for_a_hundred_tabs_as_for_one() -> None:
    async def asked_for(tabs: int) -> int:
        folds = Folds()
        watcher = Watcher(folds)
        waiting = [asyncio.create_task(watcher.wait(0, ACME, 7)) for _ in range(tabs)]
        while folds.asked < 5:
            await asyncio.sleep(0.005)
        asked = folds.asked
        folds.touch(ACME, 7)
        await asyncio.gather(*waiting)
        return asked

    async def work() -> None:
        assert await asked_for(100) == await asked_for(1) == 5

    run(asyncio.wait_for(work(), 10))


def test_tabs_share_one_answer_of_a_version() -> None:
    async def work() -> None:
        watcher, loads = Watcher(Folds()), []

        async def load() -> str:
            loads.append(1)
            await asyncio.sleep(0)
            return "snapshot"

        answers = await asyncio.gather(*(watcher.shared(3, ("campaign", ACME, 7), load) for _ in range(50)))
        assert (set(answers), len(loads)) == ({"snapshot"}, 1)
        await watcher.shared(4, ("campaign", ACME, 7), load)
        assert len(loads) == 2

    run(asyncio.wait_for(work(), 10))


def test_a_database_that_is_away_is_asked_again_until_it_is_back() -> None:
    async def work() -> None:
        folds = Folds()
        watcher = Watcher(folds)
        folds.is_down = True
        waiting = asyncio.create_task(watcher.wait(0, ACME, 7))
        while folds.asked < 3:
            await asyncio.sleep(0.005)
        folds.touch(ACME, 7)
        folds.is_down = False
        assert await waiting == 1

    run(asyncio.wait_for(work(), 10))


@pytest.mark.parametrize("away", [OperationalError("SELECT", {}, Exception("gone")), RedisError("gone")])
def test_a_page_goes_on_when_the_database_or_redis_is_back(away: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "AGAIN_SECONDS", 0.0)
    errors = [away] * 3

    async def show() -> str:
        if errors:
            raise errors.pop()
        return "shown"

    assert run(live.outlasting(show)) == "shown"
    errors.append(NotFound("there is no such campaign"))
    with pytest.raises(NotFound):
        run(live.outlasting(show))


def test_nobody_asks_once_the_last_page_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(live, "IDLE_SECONDS", 0.3)
        folds = Folds()
        watcher = Watcher(folds)
        waiting = asyncio.create_task(watcher.wait(0, ACME, 7))
        while not folds.asked:
            await asyncio.sleep(0.005)
        waiting.cancel()
        task = watcher._task
        assert task is not None
        await task  # ends by itself
        folds.touch(ACME, 7)
        assert await watcher.wait(0, ACME, 7) == 1  # and starts again for the next

    run(asyncio.wait_for(work(), 10))


class FakeTab:
    """As much of a page's state as a watch needs."""

    def __init__(self, token: str) -> None:
        self.router = SimpleNamespace(session=SimpleNamespace(client_token=token))

    def get_full_name(self) -> str:
        return "campaign"


def test_all_tabs_are_told_of_one_version_and_of_the_next_only_after_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(live, "REST_SECONDS", 3_600.0)
        folds = Folds()
        watcher = Watcher(folds)
        folds.touch(ACME, 7)
        assert await watcher.wait(0, ACME, 7) == 1
        folds.touch(ACME, 7)
        asked = folds.asked
        while folds.asked < asked + 3:
            await asyncio.sleep(0.005)
        assert watcher.version(ACME, 7) == 1
        monkeypatch.setattr(live, "REST_SECONDS", 0.0)
        assert await watcher.wait(1, ACME, 7) == 2

    run(asyncio.wait_for(work(), 10))


def test_a_hidden_tab_costs_nothing_and_catches_up_when_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        folds = Folds()
        monkeypatch.setattr(live, "watcher", watcher := Watcher(folds))
        seen: list[int] = []

        async def watch() -> None:
            async for version in live.changes(FakeTab("one"), 0, ACME, 7):
                seen.append(version)  # noqa: PERF401 - each as it comes

        watching = asyncio.create_task(watch())
        while not folds.asked:
            await asyncio.sleep(0.005)
        monkeypatch.setattr(live, "IDLE_SECONDS", 0.3)
        await live.conceal("one")
        task = watcher._task
        assert task is not None
        await task  # nobody waits: it ends by itself
        asked = folds.asked
        folds.touch(ACME, 7)
        folds.touch(ACME, 7)
        assert (seen, folds.asked) == ([], asked)
        live.reveal("one")
        while not seen:
            await asyncio.sleep(0.005)
        assert seen == [2]
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert "one" not in live._tabs

    run(asyncio.wait_for(work(), 10))


def test_tabs_that_were_closed_while_hidden_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(live, "HIDDEN", 3)
        for name in ("a", "b", "c", "d"):
            await live.conceal(name)
        assert set(live._tabs) == {"d"}
        del live._tabs["d"]

    run(work())
