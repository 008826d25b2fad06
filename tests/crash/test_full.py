"""A server whose journal is full: readers are answered, what isn't recorded is said and counted, and it recovers."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.crash.conftest import Answers, House, end, wait_until


def drops(house: House) -> dict[str, float]:
    """What /metrics says was dropped, by reason."""
    told = house.get("/metrics", headers={"Accept": "application/json"}).json()
    return {each["labels"]["reason"]: each["value"] for each in told["little_bell_drops"]["values"] if each["name"].endswith("_total")}


def is_ready(house: House) -> bool:
    return house.get("/ready").status_code == 200


def answered(count: int) -> Callable[[Answers], Awaitable[None]]:
    """Until so many requests have been answered."""

    async def enough(answers: Answers) -> None:
        while len(answers.answered) < count:
            await asyncio.sleep(0.005)

    return enough


def unsubscribe(house: House) -> httpx.Response:
    target = house.addresses.unsubscribe_url(house.tenant_id, house.tokens[1]).removeprefix("http://bell.example")
    return httpx.post(f"http://127.0.0.1:{house.port}{target}", headers={"User-Agent": "Mail/1000000"}, timeout=5)


def test_at_its_cap_readers_are_answered_drops_are_counted_and_it_recovers_once_folded(house: House) -> None:
    house.serve(LITTLE_BELL_JOURNAL_MAX_BYTES="150000")
    recorded = house.load(2, answered(20))
    assert drops(house) == {} and is_ready(house)
    floods = [house.load(4, answered(500))]
    # A log that is taken in makes the journal smaller once more: it is full for good when it has begun to drop.
    while drops(house).get("journal_full", 0) < 50 and len(floods) < 50:
        floods.append(house.load(4, answered(500)))
    assert all(flood.statuses.keys() == {200, 302} for flood in floods)
    assert house.get("/ready").json()["reasons"] == ["journal_full"]
    assert house.load(4, answered(50)).statuses.keys() == {200, 302}
    assert drops(house)["journal_full"] >= 50
    refused = unsubscribe(house)
    assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0

    house.project(LITTLE_BELL_JOURNAL_MAX_BYTES="150000")
    wait_until(lambda: is_ready(house), "it takes events again")
    assert unsubscribe(house).status_code == 200
    again = house.load(2, answered(20))
    house.wait_until_folded()
    stored = house.stored()
    assert stored.pop(1_000_000) == 1, "the one unsubscription that was accepted"
    lost = sum(len(flood.answered - stored.keys()) for flood in floods)
    assert lost <= drops(house)["journal_full"] - 50
    assert (recorded.answered | again.answered) <= stored.keys() and set(stored.values()) == {1}


@pytest.mark.parametrize("share", ["100"])
def test_on_a_disk_with_too_little_room_readers_are_answered_and_a_restart_with_room_is_ready(house: House, share: str) -> None:
    server = house.serve(LITTLE_BELL_JOURNAL_MIN_FREE_PERCENT=share)
    flood = house.load(2, answered(50))
    assert flood.statuses.keys() == {200, 302} and not is_ready(house)
    assert drops(house)["disk_low"] >= 50
    assert unsubscribe(house).status_code == 503
    headers = {"Authorization": f"Bearer {house.settings.api_key}"}
    mark = httpx.post(f"http://127.0.0.1:{house.port}/api/messages/1/sent", headers=headers, timeout=5)
    assert mark.status_code == 503 and int(mark.headers["retry-after"]) > 0
    end(server)
    house.serve()
    house.project()
    after = house.load(2, answered(50))
    house.wait_until_folded()
    house.assert_exact(after)
