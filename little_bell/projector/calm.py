"""What a load takes is given back when it is over: garbage, the database's pages, the agents' parser, what the allocator keeps."""

import ctypes
import gc
import time

from sqlalchemy import Engine

from little_bell.projector.clients import forget_parser

#: So many new objects are looked through for garbage where nothing is to be folded: some milliseconds' work.
LITTER = 50_000
#: After so many records there is something to give back, once fewer than so many have come in some seconds.
LOAD, FEW, SECONDS = 20_000, 1_000, 3.0


class Calm:
    """Asked whenever there is nothing to fold."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = time.monotonic()
        self._lately = self._taken = 0

    def after(self, records: int) -> None:
        """So many were folded."""
        self._lately += records
        self._taken += records

    def use(self) -> None:
        """Tidy up, if it is calm enough."""
        if gc.get_count()[0] > LITTER:
            gc.collect(0)
        if time.monotonic() - self._since < SECONDS:
            return
        is_over = self._lately < FEW and self._taken >= LOAD
        self._since, self._lately = time.monotonic(), 0
        if is_over:
            self._taken = 0
            self._give_back()

    def _give_back(self) -> None:
        """Some tens of megabytes of each; what is needed again is read again, in a quarter of a second at most."""
        gc.collect()
        forget_parser()
        self._engine.dispose()  # each connection to SQLite has a cache of pages
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc keeps what lies between pieces still in use; others don't
        if trim is not None:
            trim(0)
