"""The projector as a process of its own: `python -m little_bell.projector`, started and watched by `little-bell serve`."""

import gc
import logging
import os
import signal
import sys
import time

from little_bell.config import load_settings
from little_bell.db import make_engine
from little_bell.lifeline import end_with_supervisor
from little_bell.logs import configure_logs
from little_bell.projector.clients import client_of
from little_bell.projector.projector import CONNECTIONS, LOOPS, Projector
from little_bell.projector.rights import LeaseLost, LeaseTaken

log = logging.getLogger("little_bell.projector")

#: Readers who wait come first: what is journaled can be folded a moment later.
NICENESS = 5


def main() -> int:
    """Fold until SIGTERM; exit code 0, or 3 if another projector took over."""
    end_with_supervisor()
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    connections = CONNECTIONS * (LOOPS if settings.journal_url else 1)
    projector = Projector(make_engine(settings.database_url, pool_size=connections), settings)
    client_of("an agent", ())  # the parser's rules take 0.2 s to read, which the first event needn't wait for
    # A fold's objects, hundreds of thousands of them, all live until its end: searching them for garbage costs a tenth of the time.
    # calm.py does that when there is nothing to fold.
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 50, 50)
    os.nice(NICENESS)
    is_stopping = False

    def stop(*_: object) -> None:
        nonlocal is_stopping
        is_stopping = True
        projector.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    while not is_stopping:
        try:
            projector.run()
            return 0
        except LeaseTaken:  # a command folds; it will be done soon
            time.sleep(0.5)
        except LeaseLost as lost:
            log.error("%s", lost)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
