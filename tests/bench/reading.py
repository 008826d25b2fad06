"""Marketers at work: the campaign page of a small and a huge campaign, and a CSV file of a million rows."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median

import httpx
from sqlalchemy import Connection, Engine, text

from little_bell.db import reading
from little_bell.domain.events import QUARTER
from little_bell.domain.readings import MessageSort
from little_bell.models import now, to_micros
from little_bell.queries.bounces import bounces_by_reason
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.links import campaign_links
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.series import time_series
from tests.bench import houses, processes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.houses import API_KEY, House

QUARTERS = 30 * 96
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
#: Rows as the projector would have written them, in one statement: folding five million takes minutes.
_EVENTS = text(
    f"{_NUMBERS} INSERT INTO message_events (id, tenant_id, campaign_id, message_id, type, occurred_at, received_at, source, verdict, "
    "is_counted, reasons, rules, visitor) "
    "SELECT i + 1, 1, 1, 1 + (i * 7919) % :messages, 'opened', :start + i * :step, :start + i * :step, 'pixel', 'human', 1, '', 1, i FROM n"
)
_QUARTERS = text(
    f"{_NUMBERS} INSERT INTO event_quarters (tenant_id, campaign_id, quarter, opens, human_opens) "
    "SELECT 1, 1, :start + i * :quarter, :events / :count, :events / :count FROM n"
)
_STATS = text("INSERT INTO campaign_stats (tenant_id, campaign_id, opens, human_opens) VALUES (1, 1, :events, :events)")


def page(bench: Bench) -> list[Figure]:
    """All queries of the campaign page, of 5,000 events and of 5,000,000 over the same 30 days."""
    small, large = bench.house("page-small"), bench.house("page-large")
    most = bench.scaled(5_000_000)
    bench.say(f"writing {most:,} events")
    _add_events(small, 5_000)
    _add_events(large, most)
    bench.say("asking for the campaign page")
    with small.engine() as few, large.engine() as many:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(60):
            for engine, seen in zip((few, many), times, strict=True):
                seen.append(timed(lambda engine=engine: _ask(engine)))
    quick, slow = (median(seen) * 1000 for seen in times)
    note = f"{slow:.1f} ms ÷ {quick:.1f} ms"
    return [Figure(f"campaign page query with {most:,} events ÷ with 5,000", slow / quick, ceiling=1.5, note=note)]


def export(bench: Bench) -> list[Figure]:
    """A campaign's CSV over HTTP, and how much its server grows meanwhile."""
    count = bench.scaled(1_000_000)
    bench.say(f"registering {count:,} messages to export")
    built = houses.build(bench.folder / "export", count)
    house = House(built.data_dir, processes.free_port())
    with processes.alone(house) as server:
        list(_download(house, most=100_000))
        before, peak = processes.megabytes(server.pid), 0.0
        bench.say(f"exporting {count:,} messages")
        started = time.perf_counter()
        rows = 0
        for so_far in _download(house):
            rows, peak = so_far, max(peak, processes.megabytes(server.pid))
        elapsed = time.perf_counter() - started
    assert rows == count, f"{rows} rows came of {count}"
    return [
        Figure(f"CSV export of {count:,} messages, rows/s", rows / elapsed, floor=60_000, note=f"{elapsed:.1f} s over HTTP"),
        Figure("growth of the server meanwhile", peak - before, "MB", ceiling=60, note=f"from {before:.0f} MB"),
    ]


def _add_events(house: House, count: int) -> None:
    start = to_micros(now() - timedelta(days=30)) // QUARTER * QUARTER
    with house.engine() as engine, engine.begin() as connection:
        values = {"count": count, "messages": 100_000, "start": start, "step": QUARTERS * QUARTER // count}
        connection.execute(_EVENTS, values)
        connection.execute(_QUARTERS, {"count": QUARTERS, "start": start, "quarter": QUARTER, "events": count})
        connection.execute(_STATS, {"events": count})


def _ask(engine: Engine) -> None:
    with reading(engine) as connection:
        _page(connection)


def _page(connection: Connection) -> None:
    get_campaign(connection, 1, 1)
    time_series(connection, 1, now() - timedelta(days=30), now(), campaign_id=1)
    campaign_links(connection, 1, 1, 200)
    bounces_by_reason(connection, 1, 1, 20)
    list_messages(connection, 1, MessageFilter(campaign_id=1), sort=MessageSort.NEWEST)


def timed(work: Callable[[], None]) -> float:
    """How many seconds it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _download(house: House, most: int = 10**9) -> Iterator[int]:
    """Reads the file as it comes; gives the number of rows so far, now and then."""
    url = f"http://127.0.0.1:{house.port}/api/campaigns/1/export"
    rows = -1  # the heading
    with httpx.stream("GET", url, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=60) as answer:
        answer.raise_for_status()
        for place, piece in enumerate(answer.iter_raw(1 << 20)):
            rows += piece.count(b"\n")
            if place % 16 == 0:
                yield rows
            if rows >= most:
                break
    yield rows
