"""A campaign's analytics with 10,000,000 events of one campaign, and segments of 1,000,000 recipients beside them, on both databases.

A year of opens and clicks goes through the projector; then the events are multiplied, and the sums with them, as if the same year had
happened so many times over: folding them all would take minutes.
"""

import random
from collections.abc import Callable
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, Engine, text

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.db import reading, writing
from little_bell.domain.metrics import COUNTS, open_rate_interval
from little_bell.domain.sums import DELAY_COUNTS, QUARTER_COUNTS, TRAIT_COUNTS
from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.journal.records import Hit, Record
from little_bell.models import now, to_micros
from little_bell.projector.store import EVENT_COLUMNS
from little_bell.queries import trend as trends
from little_bell.queries.analytics import clients, countries, link_positions, mailbox_providers, send_curve, week_heat
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.variants import variants
from tests.bench import houses, segmenting
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.folding import POSTGRES, TOGETHER, fold_prepared, vacuum
from tests.bench.houses import LINKS, House
from tests.bench.reading import timed
from tests.fixtures.postgres import postgres_server

MESSAGES, EVENTS, FOLDED = 100_000, 10_000_000, 100_000
VARIANTS, CAMPAIGNS = 20, 2_000
YEAR = 365 * 86_400 * 1_000_000
BAR = 50
#: As the marketer asks, each by itself.
QUERIES: dict[str, Callable[[Connection], object]] = {
    "open-rate interval": lambda c: open_rate_interval(get_campaign(c, 1, 1).metrics),
    "curve since the hand-over, medians": lambda c: send_curve(c, 1, 1),
    "hour × weekday": lambda c: week_heat(c, 1, 1, "Europe/Berlin"),
    "links by place": lambda c: link_positions(c, 1, 1),
    "mailbox providers": lambda c: mailbox_providers(c, 1, 1),
    "clients, systems, devices": lambda c: clients(c, 1, 1),
    "countries": lambda c: countries(c, 1, 1),
    f"{VARIANTS} variants": lambda c: variants(c, 1, 1),
    f"trend of {trends.MOST} campaigns": lambda c: trends.trend(c, 1, trends.MOST),
}
AGENTS = [
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    *(f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Thunderbird/{version}.0" for version in range(60, 140)),
    *(f"Mozilla/5.0 (Linux; Android {version}; Pixel 8) AppleWebKit/537.36 Chrome/125.0 Mobile Safari/537.36" for version in range(5, 16)),
]
_SUMS = {
    "event_quarters": QUARTER_COUNTS,
    "delay_stats": DELAY_COUNTS,
    "mailbox_stats": COUNTS,
    "trait_stats": TRAIT_COUNTS,
    "campaign_stats": COUNTS,
    "variant_stats": COUNTS,
}


def analytics(bench: Bench) -> list[Figure]:
    """The median of each query, on SQLite and on PostgreSQL."""
    figures = _measure(bench, "SQLite", bench.folder / "analytics", "")
    with postgres_server(POSTGRES) as url:
        return figures + _measure(bench, "PostgreSQL", bench.folder / "analytics-postgres", url)


def _measure(bench: Bench, database: str, folder: Path, url: str) -> list[Figure]:
    events, folded = bench.scaled(EVENTS), bench.scaled(FOLDED)
    bench.say(f"folding a year of {folded:,} opens and clicks on {database}")
    house = houses.build(folder, bench.scaled(MESSAGES), url)
    _journal_year(house, folded)
    fold_prepared(house, folded)
    with house.engine() as engine:
        bench.say(f"making {events:,} events of them")
        _multiply(engine, folded, events // folded)
        _add_campaigns(engine)
        if url:
            vacuum(house)
        total = _count(engine)
        bench.say("filling in recipients")
        recipients = segmenting.fill(bench, engine)
        if url:
            vacuum(house)
        told = [(f"{name}, {total:,} events", query) for name, query in QUERIES.items()]
        told += [(f"{name}; {recipients:,} recipients", query) for name, query in segmenting.QUERIES.items()]
        return [_figure(engine, f"{name}: {database}", query) for name, query in told]


def _figure(engine: Engine, name: str, query: Callable[[Connection], object]) -> Figure:
    def ask() -> None:
        with reading(engine) as connection:
            query(connection)

    times = [timed(ask) * 1_000 for _ in range(21)]
    return Figure(name, median(times), "ms", ceiling=BAR, note=f"the slowest of 21: {max(times):.0f} ms")


def _journal_year(house: House, count: int) -> None:
    """Opens and clicks of random readers, all through a year: each quarter-hour of it has its row."""
    rng, tokens = random.Random(1), houses.tokens_of(house)
    begun = to_micros(now()) - YEAR
    with house.engine() as engine:
        journal = LocalJournal(journals_of(engine, house.data_dir))
        with engine.begin() as connection:
            given = text("UPDATE messages SET created_at = :begun, variant = 'variant ' || (id % :variants)")
            connection.execute(given, {"begun": begun, "variants": VARIANTS})
    for start in range(0, count, TOGETHER):
        times = [begun + place * (YEAR // count) for place in range(start, min(start + TOGETHER, count))]
        journal.append([_hit(rng, rng.choice(tokens), at) for at in times])
    journal.close()


def _hit(rng: random.Random, token: str, at: int) -> Record:
    reader = (f"198.18.{rng.randrange(256)}.7", rng.choice(AGENTS), "")
    if rng.random() < 0.7:
        return Hit("opened", token, at, 0, True, False, *reader)
    return Hit("clicked", token, at, 1, True, False, *reader, rng.choice(LINKS), rng.randrange(1, 40))


def _multiply(engine: Engine, folded: int, times: int) -> None:
    names = ", ".join(EVENT_COLUMNS[1:])
    with engine.begin() as connection:
        for turn in range(1, times):
            copied = f"INSERT INTO message_events (id, {names}) SELECT id + :shift, {names} FROM message_events WHERE id <= :folded"
            connection.execute(text(copied), {"shift": turn * folded, "folded": folded})
        for table, columns in _SUMS.items():
            connection.execute(text(f"UPDATE {table} SET {', '.join(f'{column} = {column} * {times}' for column in columns)}"))


def _add_campaigns(engine: Engine) -> None:
    """Campaigns as large as the first, for the trend across them."""
    names = ", ".join(COUNTS)
    with writing(engine) as connection:
        for number in range(1, CAMPAIGNS):
            create_campaign(connection, 1, NewCampaign(name=f"Measured {number}"), "bench")
        rows = f"SELECT tenant_id, campaigns.id, changed_in, {names} FROM campaigns JOIN campaign_stats USING (tenant_id)"
        added = f"INSERT INTO campaign_stats (tenant_id, campaign_id, changed_in, {names}) {rows} WHERE campaigns.id > 1"
        connection.execute(text(added))


def _count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT COUNT(*) FROM message_events")).scalar_one())
