"""Opens a second against what the machine can answer at all, and against a handler written in an afternoon."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.bench import houses, processes
from tests.bench.bench import Bench, drained, in_turns
from tests.bench.figures import Figure
from tests.bench.houses import House
from tests.bench.load import Load

NAIVE_TABLES = """
CREATE TABLE naivemessage (id INTEGER PRIMARY KEY, token VARCHAR NOT NULL, opens INTEGER NOT NULL, opened_at DATETIME);
CREATE UNIQUE INDEX ix_naivemessage_token ON naivemessage (token);
CREATE TABLE naiveopen (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL REFERENCES naivemessage (id), opened_at DATETIME NOT NULL,
    agent VARCHAR NOT NULL, address VARCHAR NOT NULL
);
CREATE INDEX ix_naiveopen_message_id ON naiveopen (message_id);
"""


def pixel(bench: Bench) -> list[Figure]:
    """Opens at 64 and 256 connections, side by side with the ceiling; then naive; and how far the projector is behind."""
    ours, bare = bench.house("pixel"), House(bench.folder / "ceiling", processes.free_port())
    loads: list[Load] = []
    lags: list[float] = []

    def opens(connections: int) -> float:
        with watched_lag(ours, lags):
            loads.append(bench.load(ours, bench.pixels, connections))
        drained(ours)
        return loads[-1].rate

    def ceiling(connections: int) -> float:
        return bench.load(bare, bench.pixels, connections).rate

    with processes.ingest(ours) as server, processes.process("tests.bench.ceiling", environment=bare.environment) as other:
        processes.wait_for_pixel(bare.port, other)
        before = ours.journaled()
        bench.say("opens and the ceiling at 64 connections, in turns")
        top64, ours64 = in_turns(bench.rounds, lambda: ceiling(64), lambda: opens(64))
        p99 = sorted(load.p99 for load in loads)[len(loads) // 2]
        bench.say("opens and the ceiling at 256 connections, in turns")
        top256, ours256 = in_turns(bench.rounds, lambda: ceiling(256), lambda: opens(256))
        stored, weight = ours.journaled() - before, processes.megabytes(server.pid)
    answered, in_flight = sum(load.answered for load in loads), bench.rounds * (64 + 256)
    naive = _naive(bench)
    return [
        Figure("answered opens/s ÷ ceiling, 256 connections", ours256 / top256, floor=0.45, note=f"{ours256:,.0f} ÷ {top256:,.0f}"),
        Figure("the same at 64 connections", ours64 / top64, note=f"{ours64:,.0f} ÷ {top64:,.0f}"),
        Figure("answered opens/s ÷ naive", ours64 / naive, floor=45, note=f"{ours64:,.0f} ÷ {naive:,.0f} at 64 connections"),
        Figure("p99 latency at 64 connections", p99, "ms", ceiling=15),
        Figure("projection lag while the load runs", max(lags), "s", ceiling=2, note="the newest folded hit's age, the longest seen"),
        Figure("answered, not stored", max(0, answered - stored), "hits", ceiling=0, note=_told(answered, stored, in_flight, loads)),
        Figure("ingest + API: RSS of its worker after the load", weight, "MB", ceiling=120),
    ]


def click(bench: Bench) -> list[Figure]:
    """Signed redirects against opens, through the same server."""
    house = bench.house("click")
    with processes.ingest(house):
        _must_redirect(house, bench.clicks)
        bench.say("clicks and opens at 256 connections, in turns")
        clicks, opens = in_turns(
            bench.rounds,
            lambda: bench.load_and_drain(house, bench.clicks, 256).rate,
            lambda: bench.load_and_drain(house, bench.pixels, 256).rate,
        )
    note = f"{clicks:,.0f} ÷ {opens:,.0f} at 256 connections"
    return [Figure("answered clicks/s (signed redirect) ÷ answered opens/s", clicks / opens, floor=0.8, note=note)]


def _must_redirect(house: House, paths: Path) -> None:
    """Raises RuntimeError if the links aren't good: asking a reader takes another way than redirecting."""
    with paths.open() as lines:
        answer = httpx.get(f"http://127.0.0.1:{house.port}{lines.readline().strip()}")
    if answer.status_code != 302:
        raise RuntimeError(f"a signed link answers {answer.status_code}, not a redirect")


def _told(answered: int, stored: int, in_flight: int, loads: list[Load]) -> str:
    errors = sum(load.errors + load.refused for load in loads)
    return f"{answered:,} answered, {stored:,} stored (up to {in_flight} of them unanswered when wrk hung up), {errors} errors"


def _naive(bench: Bench) -> float:
    house = House(bench.folder / "naive", processes.free_port(), str(bench.folder / "naive" / "naive.db"))
    house.data_dir.mkdir()
    with closing(sqlite3.connect(house.database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(NAIVE_TABLES)
        rows = ((token,) for token in houses.tokens_of(bench.base))
        connection.executemany("INSERT INTO naivemessage (token, opens) VALUES (?, 0)", rows)
        connection.commit()
    bench.say("the naive handler at 64 connections")
    with processes.process("tests.bench.naive", environment=house.environment) as server:
        processes.wait_for_pixel(house.port, server)
        return in_turns(bench.rounds, lambda: bench.load(house, bench.pixels, 64).rate)[0]


@contextmanager
def watched_lag(house: House, lags: list[float]) -> Iterator[None]:
    """Notes how old the newest folded hit is, ten times a second, while the block loads the house."""
    is_over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(house, lags, is_over))
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _watch(house: House, lags: list[float], is_over: threading.Event) -> None:
    begun = time.time()
    with closing(sqlite3.connect(house.data_dir / "little_bell.db", timeout=10)) as connection:
        while not is_over.wait(0.1):
            row = connection.execute("SELECT received_at FROM message_events ORDER BY id DESC LIMIT 1").fetchone()
            if row and row[0] / 1e6 > begun:
                lags.append(time.time() - row[0] / 1e6)
