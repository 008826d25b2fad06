"""Senders at work: full batches of messages, and what readers feel of it."""

import threading
import time

import httpx
import orjson

from tests.bench import processes
from tests.bench.bench import Bench, drained
from tests.bench.figures import Figure
from tests.bench.houses import API_KEY, House

BATCH = 10_000


def batch(bench: Bench) -> list[Figure]:
    """Batches of 10,000 one after the other; then the same while 64 connections open mail."""
    house = bench.house("batch")
    with processes.ingest(house):
        bench.say("posting batches of 10,000 messages")
        rate = _post_for(house, bench.seconds)
        bench.say("posting batches while mail is opened")
        posted: list[float] = []
        is_over = threading.Event()
        sender = threading.Thread(target=_post_until, args=(house, is_over, posted))
        sender.start()
        seen = bench.load(house, bench.pixels, 64)
        is_over.set()
        sender.join()
        drained(house)
    note = f"{len(posted)} batches posted meanwhile, the slowest in {max(posted):.2f} s; {seen.rate:,.0f} opens/s, {seen.errors} errors"
    return [
        Figure("batch create, messages/s", rate, floor=15_000, note=f"batches of {BATCH:,} over HTTP"),
        Figure("pixel p99 while full batches are posted back to back", seen.p99, "ms", ceiling=100, note=note),
    ]


def _post_for(house: House, seconds: float) -> float:
    """Messages a second."""
    with _client(house) as client:
        _post(client, _body(0))  # the first one opens connections and fills caches
        bodies = [_body(number) for number in range(1, 9)]
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            _post(client, bodies[count % len(bodies)])
            count += 1
        return count * BATCH / (time.perf_counter() - started)


def _post_until(house: House, is_over: threading.Event, posted: list[float]) -> None:
    body = _body(99)
    with _client(house) as client:
        while not is_over.is_set():
            started = time.perf_counter()
            _post(client, body)
            posted.append(time.perf_counter() - started)


def _client(house: House) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{house.port}", headers={"Authorization": f"Bearer {API_KEY}"}, timeout=60)


def _post(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/api/messages/batch", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text[:300]


def _body(number: int) -> bytes:
    messages = [
        {"campaign_id": 1, "recipient_email": f"reader-{number}-{place}@example.com", "external_id": f"{number}-{place}", "variant": "a"}
        for place in range(BATCH)
    ]
    return orjson.dumps({"messages": messages})
