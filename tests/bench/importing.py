"""A file of recipients from the command line's own path: checked, then registered, in constant memory."""

import resource
import time
from contextlib import closing
from functools import partial
from pathlib import Path

from little_bell import Database
from little_bell.installation import Installation, ready_engine
from little_bell.recipients.load import check, load
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.houses import House

ROWS = 1_000_000


def importing(bench: Bench) -> list[Figure]:
    """Rows a second of a whole import, and how much the process grows: the caches of the database and of the checked lines, no more."""
    folder = bench.folder / "import"
    settings = House(folder).settings
    here = Installation(settings, ready_engine(settings), settings.tenant, "bench")
    count = bench.scaled(ROWS)
    with Database.over(here, "bench") as database:
        _import(database, _file(folder / "warm.csv", count // 10))
        before = _peak()
        file = _file(folder / "recipients.csv", count)
        started = time.perf_counter()
        registered = _import(database, file)
        seconds = time.perf_counter() - started
    if registered != count:
        raise AssertionError(f"{registered} of {count} were registered")
    note = f"{count:,} rows checked and registered in {seconds:.0f} s"
    return [
        Figure("Import of recipients", count / seconds, "rows/s", floor=20_000, note=note),
        Figure("… growth against a tenth of it", _peak() - before, "MB", ceiling=60),
    ]


def _file(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        file.write("Email,First name,Customer ID\n")
        file.writelines(f"reader-{n}@example-{n % 97}.com,Reader {n},customer-{n}\n" for n in range(rows))
    return path


def _import(database: Database, path: Path) -> int:
    add = partial(database.add_recipients, database.create_campaign("Measured"))
    kinds = {"Customer ID": "external_id", "First name": "metadata"}
    with path.open("rb") as file, closing(check(file, add, kinds=kinds)) as staging:
        return load(staging, add).registered


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
