"""What the projector does in small steps, done at once by a command where no server's projector holds the lease."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from little_bell.domain.errors import Conflict, Invalid, Unavailable
from little_bell.installation import Installation
from little_bell.journal.link import Link
from little_bell.journal.records import Prune, Record, decode_one
from little_bell.journal.stream import StreamFacts, make_stream
from little_bell.models import now, to_micros
from little_bell.projector.batch import Batch
from little_bell.projector.lease import Lease
from little_bell.projector.projector import lease_of, projection_of, stream_plan
from little_bell.projector.prune import Pruning
from little_bell.projector.purge import purge_step
from little_bell.projector.purge_tenant import purge_tenant_step
from little_bell.projector.rights import LeaseLost, LeaseTaken
from little_bell.projector.stream_watch import adopt
from little_bell.projector.upkeep import NOWHERE
from little_bell.queries.dead_records import DeadRow, dead_records
from little_bell.recording import append, open_journal, wait_until_counted

#: Between two steps, so that API writers get their turn.
PAUSE_SECONDS = 0.005
REPLAYED_AT_ONCE = 500
CONNECT_SECONDS = 10.0
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of dead records: folded, dead again for whatever reason, or not even readable."""

    folded: int
    dead_again: int
    unreadable: int


def purge_deleted(here: Installation, advance: Advance) -> bool:
    """Purge deleted campaigns and tenants; False where a server's projector is at it and goes on by itself."""
    return _in_steps(here, lambda connection: purge_step(connection) or purge_tenant_step(connection), advance)


def prune(here: Installation, before: datetime, advance: Advance) -> bool:
    """Let events before a time go; every counter stays. False where a server's projector is at it and goes on by itself."""
    with closing(open_journal(here)) as journal:
        position = append(journal, [Prune(to_micros(before), to_micros(now()))])
    wait_until_counted(here, position)
    return _in_steps(here, Pruning().step, advance)


def replay(here: Installation, ids: Sequence[int], advance: Advance) -> Replayed:
    """Fold dead records again, each with its removal in one transaction. Raises Conflict while a server folds, NotFound for none."""
    folded = dead_again = unreadable = 0
    with leased(here) as lease:
        projection = projection_of(here.engine, here.settings, lease)
        for start in range(0, len(ids), REPLAYED_AT_ONCE):
            with here.reading() as connection:
                rows = dead_records(connection, ids[start : start + REPLAYED_AT_ONCE])
            readable = [(row.id, record) for row in rows if (record := read_record(row)) is not None]
            unreadable += len(rows) - len(readable)
            batch = Batch([(record, NOWHERE) for _, record in readable], revived=[id_ for id_, _ in readable])
            projection.fold(batch)
            dead_again += len(batch.dead)
            folded += len(readable) - len(batch.dead)
            advance(len(rows))
    return Replayed(folded, dead_again, unreadable)


def read_record(row: DeadRow) -> Record | None:
    """The record, if it is one that this version can read."""
    try:
        return decode_one(row.record)
    except msgspec.DecodeError:
        return None


def adopt_stream(here: Installation) -> StreamFacts:
    """Have the stream folded from its beginning, made where there is none. Raises Invalid without a shared journal, Unavailable."""
    if not here.settings.journal_url:
        raise Invalid("this installation's journal isn't shared: LITTLE_BELL_JOURNAL_URL isn't set", "LITTLE_BELL_JOURNAL_URL")
    with closing(Link(here.settings.journal_url)) as link:
        deadline = time.monotonic() + CONNECT_SECONDS
        while not link.is_up and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        try:
            facts = link.call(make_stream(link.client, stream_plan(here.settings)), CONNECT_SECONDS)
        except Exception as error:
            raise Unavailable(f"the stream can't be asked for: {str(error) or type(error).__name__}") from error
    with here.writing() as connection:
        adopt(connection, facts)
    return facts


def _in_steps(here: Installation, step: Callable[[Connection], int], advance: Advance) -> bool:
    try:
        with leased(here) as lease:
            while done := _one_step(here, lease, step):
                advance(done)
                time.sleep(PAUSE_SECONDS)
    except (Conflict, LeaseLost):
        return False
    return True


def _one_step(here: Installation, lease: Lease, step: Callable[[Connection], int]) -> int:
    with here.writing() as connection:
        lease.hold(connection)
        return step(connection)


@contextmanager
def leased(here: Installation) -> Iterator[Lease]:
    """Hold the right to fold. Raises Conflict where somebody has it."""
    lease = lease_of(here.engine, here.settings)
    try:
        lease.take(here.engine)
    except LeaseTaken as taken:
        raise Conflict("a server or another command is folding events just now; stop it first") from taken
    try:
        yield lease
    finally:
        lease.release(here.engine)
