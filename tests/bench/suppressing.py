"""A list of 100,000 suppressed addresses: checks of 10,000 in a call over HTTP, and a file of as many taken in."""

import time

import httpx
import orjson

from tests.bench import processes
from tests.bench.bench import Bench, drained
from tests.bench.figures import Figure
from tests.bench.houses import API_KEY, build

CHECKED = 10_000


def suppressions(bench: Bench) -> list[Figure]:
    """Addresses a second, one client, one worker; half of those that are checked are on the list."""
    house = build(bench.folder / "suppressions", 1)
    house = type(house)(house.data_dir, processes.free_port())
    count = bench.scaled(100_000)
    csv = b"address,reason\n" + b"".join(b"reader-%d@example.com,bounce\n" % number for number in range(count))
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with processes.ingest(house), httpx.Client(base_url=f"http://127.0.0.1:{house.port}", headers=headers, timeout=120) as client:
        bench.say(f"importing {count:,} addresses")
        started = time.perf_counter()
        done = client.post("/api/suppressions/import", content=csv, headers={"Content-Type": "text/csv"}).json()
        taken = count / (time.perf_counter() - started)
        assert (done["added"], done["refused"]) == (count, 0)
        drained(house)
        bench.say("checking 10,000 addresses in a call")
        bodies = [_body(number, count) for number in range(8)]
        _check(client, bodies[0])
        calls, started = 0, time.perf_counter()
        while time.perf_counter() - started < bench.seconds:
            assert _check(client, bodies[calls % len(bodies)]) == CHECKED // 2
            calls += 1
        rate = calls * CHECKED / (time.perf_counter() - started)
    return [
        Figure("suppression check, addresses/s", rate, floor=50_000, note=f"{CHECKED:,} in a call, {count:,} on the list"),
        Figure("suppression import, addresses/s", taken, floor=10_000, note="journaled; the list follows"),
    ]


def _body(number: int, count: int) -> bytes:
    first = number * CHECKED // 2 % (count - CHECKED // 2)
    known = [f"Reader-{first + place}@Example.com" for place in range(CHECKED // 2)]
    return orjson.dumps({"addresses": known + [f"nobody-{number}-{place}@example.com" for place in range(CHECKED // 2)]})


def _check(client: httpx.Client, body: bytes) -> int:
    answer = client.post("/api/suppressions/check", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text[:300]
    return int(answer.json()["suppressed"])
