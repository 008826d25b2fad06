"""`little-bell bounce import`: mail that lies on the disk already."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from little_bell.cli.installation import Installation
from little_bell.journal.base import OpenJournal
from little_bell.journal.records import MOST_RAW, Report, report_of
from little_bell.mail.stores import mails_in
from little_bell.queries.reports import report_states
from little_bell.recording import append, open_journal, wait_until_counted

#: Mails that are journaled and counted together.
STEP = 100
#: What became of them, in the order in which it is told.
OUTCOMES = ("matched", "unmatched", "ignored", "repeated")


def import_mails(here: Installation, paths: Iterable[Path]) -> dict[str, int]:
    """How many mails there were, and what became of them. Raises OSError for a path that can't be read, Unavailable."""
    tenant_id = here.tenant_id
    counts: Counter[str] = Counter()
    journal = open_journal(here)
    try:
        with _progress() as progress:
            task = progress.add_task("mails")
            for reports in _reports(tenant_id, paths):
                counts += _take(here, journal, reports)
                progress.update(task, advance=len(reports))
    finally:
        journal.close()
    return {"mails": counts.total()} | {outcome: counts[outcome] for outcome in OUTCOMES}


def hand_in_mails(hand_in: Callable[[bytes], None], paths: Iterable[Path]) -> int:
    """How many mails were handed in. Raises OSError for a path that can't be read, and what `hand_in` raises."""
    count = 0
    with _progress() as progress:
        task = progress.add_task("mails")
        for path in paths:
            for _, raw in mails_in(path, MOST_RAW):
                hand_in(raw)
                count += 1
                progress.update(task, advance=1)
    return count


def _reports(tenant_id: int, paths: Iterable[Path]) -> Iterator[list[Report]]:
    mails = (raw for path in paths for _, raw in mails_in(path, MOST_RAW))
    while some := [report_of(tenant_id, "import", raw, time.time_ns() // 1_000) for raw in islice(mails, STEP)]:
        yield some


def _take(here: Installation, journal: OpenJournal, reports: list[Report]) -> Counter[str]:
    """Those that were filed before, or stand among these twice, are repeated."""
    digests = {report.digest for report in reports}
    with here.reading() as connection:
        before = report_states(connection, here.tenant_id, sorted(digests))
    wait_until_counted(here, append(journal, list(reports)))
    with here.reading() as connection:
        after = report_states(connection, here.tenant_id, sorted(digests - before.keys()))
    return Counter(after.values()) + Counter(repeated=len(reports) - len(after))


def _progress() -> Progress:
    """On standard error, and only where somebody looks at it."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.completed} mails read"), TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    )
