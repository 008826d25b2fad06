"""What the API stands on: one of each a process, handed in by the server."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from little_bell import db
from little_bell.config import Settings
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.journal.backlog import Backlog
from little_bell.journal.base import Journal, Position
from little_bell.replica import Replica
from little_bell.sealing import Sealing

Scope = MutableMapping[str, Any]


class Counters(Protocol):
    """What the reader's path counts of itself: by event type, by reason of a drop, and latency in buckets."""

    @property
    def answered(self) -> Mapping[str, int]: ...
    @property
    def drops(self) -> Mapping[str, int]: ...
    @property
    def latency(self) -> Sequence[int]: ...
    @property
    def latency_sum(self) -> float: ...
    @property
    def latency_bounds(self) -> Sequence[float]: ...


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """How far this process has journaled, the most records that shared one append, and whether they go to a shared journal just now."""

    last: Position | None = None
    largest_batch: int = 0
    is_shared: bool | None = None  # None where there is only this machine's


def _nothing_full() -> str | None:
    return None


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


@dataclass(frozen=True, slots=True)
class Context:
    """`why_full` names the reason why nothing can be journaled; `address_of` is the client's, behind whatever proxies are trusted."""

    engine: Engine
    journal: Journal
    ring: KeyRing
    addresses: Addresses
    settings: Settings
    counters: Counters | None = None
    why_full: Callable[[], str | None] = _nothing_full
    address_of: Callable[[Scope], str] = _peer
    journal_figures: Callable[[], JournalFigures] = JournalFigures
    #: Of a shared journal, what lies behind the sequences that are folded, by partition. Raises where it can't be asked.
    backlog: Callable[[Mapping[int, int]], Backlog] | None = None
    #: An ingest node of a cluster is ready without.
    needs_database: bool = True
    #: When each key's use was last noted by this process, by time.monotonic().
    noted_keys: dict[int, float] = field(default_factory=dict)
    replica: Replica | None = None

    @property
    def sealing(self) -> Sealing:
        """Encrypts the secrets of others that are kept."""
        return Sealing(self.ring)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one snapshot."""
        return db.reading(self.engine)

    def reports(self) -> AbstractContextManager[Connection]:
        """The same for what reads much, maybe on a replica; what this process wrote is there."""
        return self.reading() if self.replica is None else self.replica.reading()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction."""
        with db.writing(self.engine) as connection:
            yield connection
        self.wrote()

    def wrote(self) -> None:
        """What was committed just now has to be in the next report."""
        if self.replica is not None:
            self.replica.wrote()


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


House = Annotated[Context, Depends(_context)]
