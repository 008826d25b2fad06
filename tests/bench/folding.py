"""How many events a second the projector folds: a prepared journal, and its own process on one core."""

import random
import resource
import subprocess
import time
from collections.abc import Sequence

from sqlalchemy import select, text

from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.journal.records import Hit, Record
from little_bell.models.tables import projector_lease
from little_bell.projector.lag import records_behind
from tests.bench import houses, processes
from tests.bench.bench import DRAIN_SECONDS, Bench
from tests.bench.figures import Figure
from tests.bench.houses import House
from tests.fixtures.postgres import postgres_server

#: What a server appends at once under load.
TOGETHER = 150
#: How fast the prepared hits came in, as their times tell.
HITS_A_SECOND = 40_000
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Thunderbird/{version}.0" for version in range(120, 140)]
#: A server as people run it: with fsync, and memory for its pages.
POSTGRES = ("shared_buffers=256MB", "max_connections=40", "listen_addresses=", "max_wal_size=4GB")


def projector(bench: Bench) -> list[Figure]:
    """1,000,000 opens on 100,000 messages, on SQLite and on PostgreSQL."""
    opens = bench.scaled(1_000_000)
    bench.say(f"folding {opens:,} opens on SQLite")
    sqlite, busy = fold(bench.house("projector"), opens)
    note = f"{opens:,} opens, {busy:.0f} % of a core"
    figures = [Figure("projector, events/s, 100,000 messages: SQLite", sqlite, floor=35_000, note=note)]
    with postgres_server(POSTGRES) as url:
        bench.say(f"folding {opens:,} opens on PostgreSQL")
        house = houses.build(bench.folder / "postgres", 100_000, url)
        vacuum(house)
        rate, busy = fold(house, opens)
    note = f"{opens:,} opens, {busy:.0f} % of a core; fsync on"
    return [*figures, Figure("projector, events/s, 100,000 messages: PostgreSQL", rate, floor=25_000, note=note)]


def projector_2m(bench: Bench) -> list[Figure]:
    """500,000 opens on 2,000,000 messages: nearly each event finds another message, far away on the disk."""
    count, opens = bench.scaled(2_000_000), bench.scaled(500_000)
    bench.say(f"registering {count:,} messages")
    house = houses.build(bench.folder / "millions", count)
    bench.say(f"folding {opens:,} opens on {count:,} messages on SQLite")
    rate, busy = fold(house, opens)
    note = f"{opens:,} opens, {busy:.0f} % of a core"
    return [Figure(f"projector, events/s, {count:,} messages: SQLite", rate, floor=18_000, note=note)]


def fold(house: House, opens: int) -> tuple[float, float]:
    """Events a second from the first fold to the last, and how busy the projector was, in percent of a core."""
    journal_opens(house, houses.tokens_of(house), opens)
    return fold_prepared(house, opens)


def fold_prepared(house: House, opens: int) -> tuple[float, float]:
    """The same of what is in the journal already."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with processes.process("little_bell.projector", environment=house.environment) as running:
        rate = _watch(house, opens, running)
    elapsed, now = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return rate, (now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime) / elapsed * 100


def journal_opens(house: House, tokens: Sequence[str], count: int) -> None:
    """So many opens of random messages by several readers, in the order they came."""
    rng = random.Random(1)
    begun = time.time_ns() // 1000 - count * 1_000_000 // HITS_A_SECOND
    with house.engine() as engine:
        journal = LocalJournal(journals_of(engine, house.data_dir))
    for start in range(0, count, TOGETHER):
        at = begun + start * 1_000_000 // HITS_A_SECOND
        records: list[Record] = [
            Hit(
                "opened", rng.choice(tokens), at + place, is_signed=True, address=f"198.18.{rng.randrange(256)}.7", agent=rng.choice(AGENTS)
            )
            for place in range(min(TOGETHER, count - start))
        ]
        journal.append(records)
    journal.close()


def vacuum(house: House) -> None:
    """As autovacuum would have done by itself before long."""
    with house.engine() as engine, engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _watch(house: House, opens: int, running: subprocess.Popen[bytes]) -> float:
    first: tuple[float, int] | None = None
    deadline = time.monotonic() + DRAIN_SECONDS + opens / 5_000
    with house.engine() as engine:
        while time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.02)
            with engine.connect() as connection:
                folded = (connection.execute(select(projector_lease.c.next_event_id)).scalar() or 1) - 1
            if first is None and folded:
                first = (time.perf_counter(), folded)
            if folded >= opens:
                assert first is not None
                return (folded - first[1]) / (time.perf_counter() - first[0])
        left = records_behind(engine, journals_of(engine, house.data_dir))
    raise TimeoutError(f"{left} records aren't folded yet")
