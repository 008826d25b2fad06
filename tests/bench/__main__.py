"""`python -m tests.bench [--quick] [section …]`: measures, then prints the table. Fails only if it can't measure."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.analysing import analytics
from tests.bench.bench import Bench
from tests.bench.browsing import pages
from tests.bench.figures import Figure, print_table
from tests.bench.folding import projector, projector_2m
from tests.bench.importing import importing
from tests.bench.instrumenting import instrumenting
from tests.bench.judging import simulator, verdicts
from tests.bench.live import live
from tests.bench.load import WITHOUT_WRK, has_wrk
from tests.bench.pixels import click, pixel
from tests.bench.reading import export, page
from tests.bench.registering import register
from tests.bench.sending import batch
from tests.bench.starting import start
from tests.bench.suppressing import suppressions
from tests.bench.webhooks import webhook
from tests.bench.whole import complete

Section = Callable[[Bench], list[Figure]]
SECTIONS: dict[str, Section] = {
    "start": start,
    "pixel": pixel,
    "click": click,
    "complete": complete,
    "live": live,
    "batch": batch,
    "webhook": webhook,
    "instrument": instrumenting,
    "register": register,
    "suppressions": suppressions,
    "verdicts": verdicts,
    "simulator": simulator,
    "import": importing,
    "projector": projector,
    "projector-2m": projector_2m,
    "analytics": analytics,
    "page": page,
    "pages": pages,
    "export": export,
}
UNDER_LOAD = {"pixel", "click", "complete", "live", "batch"}


def main() -> int:
    """Exit code 0, however the figures are; 1 where some could not be taken."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Little Bell.")
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"one or more of: {', '.join(SECTIONS)}; all of them if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="smaller and shorter, to see that all works")
    asked = parser.parse_args()
    wanted = asked.sections or list(SECTIONS)
    if unknown := set(wanted) - SECTIONS.keys():
        parser.error(f"there is no section {', '.join(sorted(unknown))}")
    if not has_wrk() and UNDER_LOAD & set(wanted):
        print(WITHOUT_WRK, file=sys.stderr)
        wanted = [name for name in wanted if name not in UNDER_LOAD]
    started = time.monotonic()
    figures: list[Figure] = []
    has_failed = False
    with tempfile.TemporaryDirectory(prefix="bell-bench-") as folder:
        bench = Bench(Path(folder), asked.quick)
        for name in wanted:
            print(f"{name} ({time.monotonic() - started:.0f} s)", file=sys.stderr, flush=True)
            try:
                figures += SECTIONS[name](bench)
            except Exception as error:  # the other sections are worth having all the same
                has_failed = True
                print(f"{name} can't be measured: {type(error).__name__}: {error}", file=sys.stderr)
    print_table(figures)
    print(f"Measured in {time.monotonic() - started:.0f} s.", file=sys.stderr)
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())
