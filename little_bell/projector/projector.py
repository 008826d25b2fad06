"""The parts of a projector put together: for its own process, and inline for commands that run without a server."""

from collections.abc import Callable

from sqlalchemy import Engine

from little_bell.bulletin import Teller
from little_bell.config import Settings
from little_bell.instance import instance_of, journals_of
from little_bell.journal.link import Link
from little_bell.journal.local import default_max_bytes
from little_bell.journal.stream import StreamPlan
from little_bell.projector.lease import Lease
from little_bell.projector.loop import EVERY_SECONDS, Loop, run_together
from little_bell.projector.places import Places
from little_bell.projector.projection import Projection
from little_bell.projector.rights import Right
from little_bell.projector.share import Share, new_process
from little_bell.projector.source import LocalSource
from little_bell.projector.stream_source import StreamSource
from little_bell.projector.stream_watch import StreamWatch
from little_bell.projector.upkeep import Keeping, Upkeep
from little_bell.secret_key import key_ring

#: Of a process that folds a shared journal, each with partitions of its own (docs/decisions/0022-partitions-and-their-owners.md):
#: Python runs one thread at a time, and while the database works for one loop, another reads, judges and folds.
#: A third would gain a tenth for opens, and lose a fifth for what providers tell: more of it is handed on.
LOOPS = 2
#: A loop folds by one, and by another makes what has to be there before: ids, agents, links.
CONNECTIONS = 2


def lease_of(engine: Engine, settings: Settings) -> Lease:
    """The lease of this database: two that share a data folder each have their own."""
    return Lease(journals_of(engine, settings.data_dir))


def projection_of(engine: Engine, settings: Settings, right: Right, tell: Callable[[], None] | None = None) -> Projection:
    """What folds, as this installation is set. `tell`: whom to tell of each fold; its own word to Redis where nobody is given."""
    places = Places(settings.country_db, settings.asn_db)
    projection = Projection(engine, right, key_ring(settings).derive("visitor"), settings.ip_policy, settings.lists_dir, places)
    projection.tell = tell or teller_of(engine, settings)
    return projection


def teller_of(engine: Engine, settings: Settings) -> Callable[[], None]:
    """What passes on that something was folded, where there is a Redis for that."""
    return Teller(settings.redis_url, instance_of(engine)).tell if settings.redis_url else lambda: None


def stream_plan(settings: Settings) -> StreamPlan:
    """The stream that this installation's journal is, where it is shared."""
    return StreamPlan(settings.journal_stream, settings.journal_partitions, settings.journal_replicas, settings.journal_stream_bytes)


class Projector:
    """Holds the lease while it runs."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._loops: list[Loop] = []
        self._is_stopped = False

    def stop(self) -> None:
        """Fold what is there, then end."""
        self._is_stopped = True
        for loop in self._loops:
            loop.stop()

    def run(self) -> None:
        """Fold until stop(). Raises LeaseTaken at the start, LeaseLost later."""
        self._with_lease(forever=True)

    def run_once(self) -> None:
        """Fold all that is there now. Raises LeaseTaken if somebody else does already."""
        self._with_lease(forever=False)

    def _with_lease(self, forever: bool) -> None:
        if self._settings.journal_url:
            self._share_work(forever)
            return
        lease = lease_of(self._engine, self._settings)
        lease.take(self._engine)
        try:
            loop = self._make_loop(lease)
            self._loops = [loop]
            if self._is_stopped or not forever:
                loop.drain()
                if not forever:
                    loop.settle()
            else:
                loop.run()
        finally:
            lease.release(self._engine)

    def _share_work(self, forever: bool) -> None:
        """With other projectors, at a journal that is shared."""
        count = LOOPS if forever and not self._is_stopped else 1
        link, process = Link(self._settings.journal_url), new_process()
        try:
            tell = teller_of(self._engine, self._settings)
            shares = [Share(self._engine, self._settings.journal_partitions, process, place, count) for place in range(count)]
            self._loops = [self._make_shared_loop(link, share, tell) for share in shares]
            if self._is_stopped or not forever:
                self._loops[0].drain()
            else:
                run_together(self._loops)
        finally:
            link.close()

    def _make_shared_loop(self, link: Link, share: Share, tell: Callable[[], None]) -> Loop:
        settings = self._settings
        watch = StreamWatch(self._engine, link, stream_plan(settings), settings.journal_keep_hours * 3600)
        projection = projection_of(self._engine, settings, share, tell)
        source = StreamSource(self._engine, link, watch, share, projection.recount_parked)
        nowhere = settings.data_dir / "journal" / settings.journal_stream  # all that this machine keeps of it goes by itself
        upkeep = Upkeep(self._engine, share, projection, nowhere, self._keeping(0))
        return Loop(self._engine, projection, source, upkeep, EVERY_SECONDS)

    def _make_loop(self, lease: Lease) -> Loop:
        journals = journals_of(self._engine, self._settings.data_dir)
        journals.mkdir(parents=True, exist_ok=True, mode=0o700)
        projection = projection_of(self._engine, self._settings, lease)
        keep_bytes = (self._settings.journal_max_bytes or default_max_bytes(journals)) // 2
        upkeep = Upkeep(self._engine, lease, projection, journals, self._keeping(keep_bytes))
        return Loop(self._engine, projection, LocalSource(self._engine, journals), upkeep)

    def _keeping(self, keep_bytes: int) -> Keeping:
        return Keeping(
            self._settings.journal_keep_hours * 3600,
            keep_bytes,
            self._settings.retention_days,
            self._settings.webhook_keep_days,
            self._settings.report_keep_days,
        )
