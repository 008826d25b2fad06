"""`python -m tests.cluster.bench [--quick]`: what a cluster costs and how fast it is, all on this machine; ratios say more than rates."""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import sync_playwright
from sqlalchemy import select, text

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.journal.base import Position
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.local import Limits
from little_bell.journal.stream import StreamPlan, make_stream
from little_bell.migrations import migrate
from little_bell.models.tables import agents
from little_bell.projector.batch import Batch
from little_bell.projector.projection import Projection
from little_bell.projector.share import Share
from little_bell.web_build import build_if_changed
from tests.bench.bench import in_turns
from tests.bench.figures import Figure, print_table
from tests.bench.load import WITHOUT_WRK, Load, has_wrk, load
from tests.cluster.browsing import LivePage
from tests.cluster.cluster import STREAM, Cluster, catch_up
from tests.cluster.conftest import reading_mail
from tests.cluster.opens import opens
from tests.cluster.parts import Part, wait_until
from tests.cluster.storing import storing
from tests.fixtures.browser import chromium

TOGETHER = 150
CONNECTIONS = 64
#: What is compared takes turns so often, and the middle counts: what else goes on falls on all alike.
ROUNDS = 5


def main() -> int:
    """Exit code 0, however the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.bench", description="Measure a cluster on this machine.")
    parser.add_argument("--quick", action="store_true", help="smaller and shorter, to see that all works")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all of them, if none is named")
    asked = parser.parse_args()
    if not has_wrk():
        print(WITHOUT_WRK, file=sys.stderr)
        return 1
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bell-cluster-") as folder:
        for name in asked.parts or PARTS:
            figures += PARTS[name](Path(folder) / name, asked.quick)
    print_table(figures)
    return 0


@contextmanager
def a_cluster(folder: Path, nodes: int) -> Iterator[Cluster]:
    cluster = Cluster(folder, nodes=nodes, messages=1_000)
    try:
        wait_until(lambda: cluster.link.is_up, "NATS is reached")
        yield cluster
    finally:
        cluster.close()


def ingesting(folder: Path, seconds: float) -> list[Figure]:
    """What an answered open costs an ingest process, and from pixel to table."""
    with a_cluster(folder, 3) as cluster:
        projector = cluster.projector("projector")
        wait_until(cluster.has_stream, "the stream is made")
        paths = folder / "pixels.txt"
        paths.write_text("".join(f"/track/pixel/{token}.gif\n" for token in cluster.tokens))
        database = f"sqlite:///{folder / 'local.db'}"
        migrate(database)
        own = {"LITTLE_BELL_JOURNAL_URL": "", "LITTLE_BELL_DATABASE_URL": database}
        local = cluster.part("local", "little_bell.web_server", "ingest", database=False, **own)
        local.start()
        local.wait_until_healthy()
        first, second = cluster.ingest("ingest-1"), cluster.ingest("ingest-2")
        of_local, of_shared, of_both = list[Load](), list[Load](), list[Load]()
        alone, shared, both = in_turns(
            ROUNDS,
            lambda: cost([local], paths, seconds, of_local),
            lambda: cost([first], paths, seconds, of_shared),
            lambda: cost([first, second], paths, seconds, of_both),
        )
        wait_until(lambda: cluster.count() >= sum(one.answered for one in (*of_shared, *of_both)), "all is folded", 180)
        rate, rate_alone = (median(one.rate for one in loads) for loads in (of_shared, of_local))
        with others_reading(first, rate / 2, paths):
            waits = pixel_to_table(cluster, first, 40)
            seen = pixel_to_page(cluster, first, 20)
        rates = f"{rate:,.0f} and {rate_alone:,.0f} opens/s at {CONNECTIONS} connections"
        told = f"{shared:.1f} ÷ {alone:.1f} µs of CPU an open, medians of {ROUNDS} in turns; {rates}"
        second_adds = "what a second adds, where cores allow"
        folded = projector.cpu_seconds() / max(1, cluster.count()) * 1e6
        return [
            Figure("ingest CPU per answered open: JetStream ÷ local journal", shared / alone, ceiling=1.5, note=told),
            Figure("ingest CPU per answered open: two processes ÷ one", both / shared, ceiling=1.25, note=second_adds),
            Figure("from pixel to table at half load, the longest", max(waits), "s", ceiling=2, note=told_of(waits)),
            Figure("from pixel to page at half load, the longest", max(seen), "s", ceiling=2, note=told_of(seen)),
            Figure("projector, CPU an event", folded, "µs", note="while opens come in, in small batches"),
        ]


def cost(nodes: list[Part], paths: Path, seconds: float, loads: list[Load]) -> float:
    """Microseconds of CPU an answered open, of these nodes under load together; `loads` takes what each answered."""
    before = sum(node.cpu_seconds() for node in nodes)
    done: list[Load] = []
    threads = [threading.Thread(target=lambda node=node: done.append(load(node.port, paths, CONNECTIONS, seconds))) for node in nodes]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = sum(node.cpu_seconds() for node in nodes) - before
    loads += done
    return spent / sum(one.answered for one in done) * 1e6


@contextmanager
def others_reading(node: Part, rate: float, paths: Path) -> Iterator[None]:
    """Readers who ask the node at about this rate, until the block ends."""
    is_over, count = threading.Event(), max(1, min(4, int(rate // 400)))
    targets = paths.read_text().split()

    def read() -> None:
        client = httpx.Client(base_url=node.url)
        begun, asked = time.monotonic(), 0
        while not is_over.is_set():
            client.get(targets[asked % len(targets)])
            asked += 1
            is_over.wait(max(0.0, begun + asked * count / rate - time.monotonic()))
        client.close()

    threads = [threading.Thread(target=read) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def told_of(waits: list[float]) -> str:
    """Some of them, in words."""
    return f"of {len(waits)}; half of them within {median(waits):.2f} s"


def pixel_to_table(cluster: Cluster, node: Part, probes: int) -> list[float]:
    """Seconds until a pixel's event is in PostgreSQL."""
    waits = []
    for probe in range(probes):
        agent = f"Probe/{time.time_ns()}"
        begun = time.monotonic()
        httpx.get(f"{node.url}/track/pixel/{cluster.tokens[probe]}.gif", headers={"User-Agent": agent})
        while not _is_there(cluster, agent):
            time.sleep(0.01)
        waits.append(time.monotonic() - begun)
    return waits


def pixel_to_page(cluster: Cluster, node: Part, probes: int) -> list[float]:
    """Seconds until a pixel moves the numbers of its campaign's page in a browser."""
    build_if_changed()
    web = cluster.web("web")
    with writing(cluster.engine) as connection:
        campaign_id = create_campaign(connection, cluster.tenant_id, NewCampaign(name="Probes"), "bench")
        new = [NewMessage(campaign_id=campaign_id, recipient_email=f"probe-{number}@example.com") for number in range(probes)]
        tokens = [made.token for made in create_messages(connection, cluster.tenant_id, new)]
    waits, program = [], chromium()
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        page = LivePage(browser, web, campaign_id)
        for token in tokens:
            shown, begun = page.numbers(), time.monotonic()
            httpx.get(f"{node.url}/track/pixel/{token}.gif")
            page.moves("a pixel", shown)
            waits.append(time.monotonic() - begun)
        page.close()
        browser.close()
    return waits


def _is_there(cluster: Cluster, agent: str) -> bool:
    counted = "SELECT 1 FROM message_events WHERE agent_id = :agent LIMIT 1"
    with reading(cluster.engine) as connection:
        known = connection.execute(select(agents.c.id).where(agents.c.text == agent)).scalar()
        return known is not None and connection.execute(text(counted), {"agent": known}).first() is not None


def folding(folder: Path, count: int) -> list[Figure]:
    """Events a second of one projector, of what waits in the stream."""
    with a_cluster(folder, 1) as cluster:
        for some in range(9):
            names = [f"reader-{some}-{number}@example.com" for number in range(10_000)]
            new = [NewMessage(campaign_id=cluster.campaign_id, recipient_email=name) for name in names]
            with writing(cluster.engine) as connection:
                cluster.tokens += [made.token for made in create_messages(connection, cluster.tenant_id, new)]
        cluster.link.call(make_stream(cluster.link.client, StreamPlan(STREAM, 8, 1, 1_000_000_000)), 10)
        journal = JetStreamJournal(cluster.nats.url, STREAM, folder / "waiting", Limits(min_free_percent=0))
        wait_until(lambda: journal.is_shared, "the stream takes events")
        for _ in range(0, count, TOGETHER):
            journal.append(opens(cluster.tokens, TOGETHER))
        journal.close()
        with cluster.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        projector = cluster.projector("projector")
        wait_until(lambda: cluster.count() > 0, "it begins")
        last = cluster.last()
        begun, before, spent = time.monotonic(), cluster.count(), projector.cpu_seconds()
        wait_until(lambda: cluster.has_folded(last), "all is folded", 300)
        folded, elapsed, busy = count - before, time.monotonic() - begun, projector.cpu_seconds() - spent
        bytes_each = cluster.stream().bytes / count
        projector.kill(signal.SIGTERM)
        fixed = one_by_one(cluster, 100)
    core = f"{busy / elapsed * 100:.0f} % of a core, {busy / folded * 1e6:.0f} µs an event"
    note = f"{folded:,} opens on {len(cluster.tokens):,} messages, {core}"
    return [
        Figure("projector from JetStream into PostgreSQL, events/s", folded / elapsed, floor=25_000, note=note),
        Figure("a batch of a single event", fixed * 1_000, "ms", note="the fixed cost of a batch, PostgreSQL synced"),
        Figure("JetStream, bytes an event", bytes_each, "B", note=f"in batches of {TOGETHER}, on each of its replicas"),
    ]


def one_by_one(cluster: Cluster, count: int) -> float:
    """Seconds that a batch of one event takes, in the middle."""
    share = Share(cluster.engine, 8)
    share.balance()
    projection, took = Projection(cluster.engine, share, b"k" * 32), []
    for _ in range(count):
        begun = time.perf_counter()
        projection.fold(Batch([(opens(cluster.tokens, 1)[0], Position("0" * 32, 0, 0))]))
        took.append(time.perf_counter() - begun)
    share.release()
    return median(took)


def storing_into(folder: Path, events: int) -> list[Figure]:
    """What an event of each kind costs the database."""
    with a_cluster(folder, 1) as cluster:
        return storing(cluster, events)


def catching_up(folder: Path, away_seconds: float) -> list[Figure]:
    """A projector that was away, while readers go on."""
    with a_cluster(folder, 1) as cluster:
        projector = cluster.projector("projector")
        wait_until(cluster.has_stream, "the stream is made")
        node = cluster.ingest("ingest")
        with reading_mail(cluster, node.port, clients=8, pause=0.01) as (answers,):
            done = catch_up(cluster, projector, answers, away_seconds)
    return [Figure(f"a projector that was away for {away_seconds:g} s: folded ÷ arriving", done.ratio, floor=3, note=str(done))]


#: The parts of a run, by name.
PARTS: dict[str, Callable[[Path, bool], list[Figure]]] = {
    "ingest": lambda folder, is_quick: ingesting(folder, 4 if is_quick else 8),
    "fold": lambda folder, is_quick: folding(folder, 40_000 if is_quick else 300_000),
    "store": lambda folder, is_quick: storing_into(folder, 20_000 if is_quick else 150_000),
    "late": lambda folder, is_quick: catching_up(folder, 10 if is_quick else 60),
}


if __name__ == "__main__":
    sys.exit(main())
