"""A program that registers messages one by one, beside the least that a disk asks for: a commit a row."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from little_bell import Database
from little_bell.installation import Installation, ready_engine
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.houses import House


def register(bench: Bench) -> list[Figure]:
    """Database.create_message and a bare commit in turns, row by row: what else the disk does falls on both alike."""
    folder = bench.folder / "register"
    settings = House(folder).settings
    here = Installation(settings, ready_engine(settings), settings.tenant, "bench")
    ours = bare = 0.0
    count = bench.scaled(5_000)
    with Database.over(here, "bench") as database, closing(_bare_table(folder / "bare.db")) as table:
        campaign_id = database.create_campaign("Measured")
        for number in range(count):
            started = time.perf_counter()
            table.execute("INSERT INTO rows (text) VALUES (?)", (f"reader-{number}@example.com",))
            between = time.perf_counter()
            database.create_message(campaign_id, f"reader-{number}@example.com", f"token-{number:012d}")
            bare += between - started
            ours += time.perf_counter() - between
    note = f"{count / ours:,.0f} messages/s beside {count / bare:,.0f} commits/s of a row in a bare table, row by row"
    return [Figure("Database.create_message ÷ a bare commit a row", bare / ours, floor=0.3, note=note)]


def _bare_table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)"):
        connection.execute(statement)
    return connection
