"""How soon tracking and API answer, and how little they weigh without the web app."""

import time
from statistics import median

import httpx

from tests.bench import processes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.houses import API_KEY


def start(bench: Bench) -> list[Figure]:
    """From the start of the process to its first answered pixel; its memory once the API has answered too."""
    house = bench.house("start")
    bench.say("starting ingest and API")
    times, weights = [], []
    for _ in range(2 * bench.rounds + 1):
        started = time.perf_counter()
        with processes.alone(house) as server:
            times.append(time.perf_counter() - started)
            answer = httpx.get(f"http://127.0.0.1:{house.port}/api/campaigns", headers={"Authorization": f"Bearer {API_KEY}"})
            assert answer.status_code == 200
            weights.append(processes.megabytes(server.pid))
    return [
        Figure("ingest + API: time to the first answered pixel", median(times), "s", ceiling=1.0, note=f"median of {len(times)} starts"),
        Figure("ingest + API: RSS of its worker, idle", median(weights), "MB", ceiling=120),
    ]
