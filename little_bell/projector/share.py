"""Several projectors share a journal's partitions: each folds the messages of its own, and steps in where another has died."""

import logging
import uuid
from collections.abc import Collection, Sequence
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Integer, cast, delete, func, select, text, true, update
from sqlalchemy.dialects import postgresql

from little_bell.db import writing
from little_bell.journal.partitions import RESOLVING, partition_of_token
from little_bell.journal.records import CampaignDeletion, Hit, Mark, Notice, Prune, Receipt, Release, Report, Review, Suppression
from little_bell.mail.dsn import MOST_RECIPIENTS
from little_bell.models import now
from little_bell.models.partition import process_of
from little_bell.models.revisions import is_newer, revision_of
from little_bell.models.tables import journal_partitions, journal_sources, projector_lease, projectors
from little_bell.projector.batch import Batch
from little_bell.projector.dictionaries import insert_new
from little_bell.projector.rights import LeaseLost, LeaseTaken, NotOurs
from little_bell.projector.routing import take_away
from little_bell.projector.write import upsert

log = logging.getLogger(__name__)

#: Who says nothing for so long is taken for dead. Longer than any fold, and than PostgreSQL takes to start again.
ALIVE_SECONDS = 10
#: Facts of one message, which its owner folds or is handed, and facts that change no message. All others may change any.
OF_ONE = Hit | Mark | Notice | Report | Review
OF_NONE = Receipt | Suppression | Release | CampaignDeletion | Prune
#: Of PostgreSQL's locks with a number, for a transaction each: shares are settled one at a time.
LOCK = 0x4C42_0003

_rows, _alive, _lease = journal_partitions.c, projectors.c, projector_lease.c
#: One clock for all: those of projectors may differ.
_CLOCK = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")


class Share:
    """The right to fold some partitions, see rights.Right. Nothing is kept between transactions but rows (pgbouncer may stand between).

    Each fold locks the rows of its partitions for as long as its transaction lasts, and each new owner raises their epoch: so nobody
    else touches the messages meanwhile, and a former owner finds another epoch and writes nothing.
    """

    has_to_be_prolonged = False

    def __init__(self, engine: Engine, partitions: int, process: str = "", place: int = 0, of: int = 1) -> None:
        """`place`: which one `of` so many in this process, counted from 0."""
        self._engine = engine
        self._count = partitions
        self._place, self._of = place, of
        self._fold = self._ids_to = 0
        self._has_all = self._is_outdated = False
        self.name = f"{process or new_process()}.{place}"
        self.epochs: dict[int, int] = {}

    @property
    def is_keeper(self) -> bool:
        return RESOLVING in self.epochs

    def balance(self) -> bool:
        """Say that we are alive, and take or give so many partitions that all have about as many; whether ours are others now.

        Raises LeaseTaken while a command holds the lease of the whole database.
        """
        before = dict(self.epochs)
        with writing(self._engine) as connection:
            one_at_a_time(connection)
            moment = int(connection.execute(_CLOCK).scalar_one())
            self._live(connection, moment)
            rows = connection.execute(select(_rows.partition, _rows.owner, _rows.epoch).order_by(_rows.partition)).all()
            if self._is_of_a_newer_version(connection) or is_command_at_it(connection, moment):
                self._give(connection, [row.partition for row in rows if row.owner == self.name])
            else:
                self._settle(connection, rows, moment)
            mine = select(_rows.partition, _rows.epoch).where(_rows.owner == self.name)
            epochs = {row.partition: row.epoch for row in connection.execute(mine)}
        self.epochs = epochs
        if self.epochs != before:
            log.info("folds %d of %d partitions", len(self.epochs), len(rows))
        return self.epochs != before

    def release(self) -> None:
        """Let others take them at once."""
        with writing(self._engine) as connection:
            self._give(connection, list(self.epochs))
            connection.execute(delete(projectors).where(_alive.name == self.name))
        self.epochs = {}

    def begin(self, connection: Connection, batch: Batch) -> int:
        # A mail that came back may be about many messages; every other record makes one event at most.
        mails = sum(isinstance(record, Report | Review) for record, _ in batch.records)
        first = self._take_ids(len(batch.records) + mails * MOST_RECIPIENTS)
        # Whom an erasure names, say, may have messages in any partition: such facts are folded while nobody else folds.
        self._has_all = not all(isinstance(record, OF_ONE | OF_NONE) for record, _ in batch.records)
        self._lock(connection, None if self._has_all else self.epochs)
        return first

    def claim(self, connection: Connection, next_event_id: int) -> int:
        if next_event_id > self._ids_to:
            raise OverflowError("more events than were counted on: others use the next ids")
        ended = update(projectors).where(_alive.name == self.name, _alive.fold == self._fold).values(first_event_id=None, fold=None)
        if connection.execute(ended).rowcount != 1:
            raise LeaseLost("this projector was taken for dead")
        return self._fold

    def settle(self, connection: Connection, batch: Batch) -> None:
        moment = now()
        for partition, sequence in sorted(batch.folded.items()):
            ours = (_rows.partition == partition, _rows.epoch == self.epochs.get(partition))
            done = update(journal_partitions).where(*ours, _rows.sequence < sequence).values(sequence=sequence, folded_at=moment)
            if connection.execute(done).rowcount != 1:
                raise NotOurs(f"partition {partition} was folded further by another projector")
        sources = [
            {"partition": partition, "source": source, "sequence": sequence, "folded_at": moment}
            for (partition, source), sequence in sorted(batch.sources.items())
        ]
        upsert(connection, journal_sources, sources, put=["sequence", "folded_at"])
        take_away(connection, batch.routed)

    def check(self, connection: Connection) -> None:
        self._lock(connection, None)

    def prolong(self, _connection: Connection) -> int:
        """Nothing: balance() does it."""
        return 1

    def is_ours(self, token: str) -> bool:
        return self._has_all or partition_of_token(token, self._count) in self.epochs

    def only_ours(self, token: ColumnElement[Any]) -> ColumnElement[bool]:
        if len(self.epochs) > self._count:
            return true()
        digest = func.substr(func.md5(token), 1, 7)
        number = cast(cast(func.concat("x", digest), postgresql.BIT(28)), Integer)
        return (number % self._count + 1).in_(self.epochs)

    def _is_of_a_newer_version(self, connection: Connection) -> bool:
        """Whether the database was migrated since: then those of the newer version fold, and we must not."""
        found = revision_of(connection)
        if is_newer(found) and not self._is_outdated:
            log.critical("nothing is folded here: the database has the shape %s of a newer Little Bell; update this one", found)
        self._is_outdated = is_newer(found)
        return self._is_outdated

    def _live(self, connection: Connection, moment: int) -> None:
        # Between folds: one that failed, and whose partitions others have now, must not hold up those who read behind it.
        values = {"name": self.name, "expires_at": moment + ALIVE_SECONDS * 1_000_000, "first_event_id": None, "fold": None}
        alive = postgresql.insert(projectors).values(**values)
        connection.execute(alive.on_conflict_do_update(index_elements=[_alive.name], set_=values))

    def _settle(self, connection: Connection, rows: Sequence[Any], moment: int) -> None:
        alive = set(connection.execute(select(_alive.name).where(_alive.expires_at > moment)).scalars())
        mine = [row.partition for row in rows if row.owner == self.name]
        of_process = ceil(len(rows) / len({process_of(name) for name in alive}))
        fair = ceil((of_process - self._place) / self._of)
        if len(mine) > fair:
            self._give(connection, mine[fair:])
        elif len(mine) < fair:
            free = [row.partition for row in rows if row.owner not in alive]
            self._take(connection, free[: fair - len(mine)])
        self._bury(connection, moment)

    def _take(self, connection: Connection, partitions: list[int]) -> None:
        """Those that nobody is in the middle of folding: the others later."""
        free = select(_rows.partition).where(_rows.partition.in_(partitions)).order_by(_rows.partition).with_for_update(skip_locked=True)
        unlocked = list(connection.execute(free).scalars())
        taken = update(journal_partitions).where(_rows.partition.in_(unlocked))
        connection.execute(taken.values(owner=self.name, epoch=_rows.epoch + 1))

    def _give(self, connection: Connection, partitions: Collection[int]) -> None:
        ours = update(journal_partitions).where(_rows.partition.in_(partitions), _rows.owner == self.name)
        connection.execute(ours.values(owner="", epoch=_rows.epoch + 1))

    def _bury(self, connection: Connection, moment: int) -> None:
        """Forget the dead who own nothing any more: what they were at was never written, and nobody waits for it."""
        owners = select(_rows.owner)
        connection.execute(delete(projectors).where(_alive.expires_at <= moment, _alive.name.not_in(owners)))

    def _take_ids(self, count: int) -> int:
        """Ids for so many events and the number of a fold, noted as being used until the fold is committed or the next begins.

        A transaction of its own, so that nobody waits for another's fold. It need not be synced: a fold that uses them is, behind it.
        """
        with writing(self._engine) as connection:
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            taken = update(projector_lease).values(next_event_id=_lease.next_event_id + count, fold=_lease.fold + 1)
            row = connection.execute(taken.returning(_lease.next_event_id, _lease.fold)).one()
            noted = update(projectors).where(_alive.name == self.name).values(first_event_id=row.next_event_id - count, fold=row.fold)
            if connection.execute(noted).rowcount != 1:
                raise NotOurs("this projector was taken for dead; it begins again")
        self._fold, self._ids_to = int(row.fold), int(row.next_event_id)
        return self._ids_to - count

    def _lock(self, connection: Connection, partitions: Collection[int] | None) -> None:
        """Keep these partitions (or all) as they are until the transaction ends. Raises NotOurs for one that we own no longer."""
        rows = select(_rows.partition, _rows.epoch).order_by(_rows.partition).with_for_update()
        if partitions is not None:
            rows = rows.where(_rows.partition.in_(partitions))
        found = {row.partition: row.epoch for row in connection.execute(rows)}
        gone = [partition for partition, epoch in self.epochs.items() if found.get(partition) != epoch]
        if gone or not self.epochs:
            self.epochs = {partition: epoch for partition, epoch in self.epochs.items() if partition not in gone}
            raise NotOurs(f"others fold the partitions {gone} now")


def new_process() -> str:
    """A name that no other process has."""
    return uuid.uuid4().hex[:28]


def one_at_a_time(connection: Connection) -> None:
    """From here to the end of the transaction nobody else settles who folds what."""
    connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def is_command_at_it(connection: Connection, moment: int) -> bool:
    """Whether a command holds the lease of the whole database, at this time by the database's clock."""
    held = select(_lease.holder, _lease.expires_at)
    row = connection.execute(held).first()
    return row is not None and bool(row.holder) and row.expires_at is not None and row.expires_at.timestamp() * 1e6 > moment


def refuse_while_folding(connection: Connection) -> None:
    """Raises LeaseTaken while projectors share the work: a command that folds alone has to have them stopped."""
    moment = int(connection.execute(_CLOCK).scalar_one()) if connection.dialect.name != "sqlite" else 0
    if moment and connection.execute(select(_alive.name).where(_alive.expires_at > moment)).first() is not None:
        raise LeaseTaken("projectors share the work: stop them first")


def make_lease_row(connection: Connection) -> None:
    """The row that hands out ids, where no projector ever ran. Another that starts at the same moment may be first."""
    if connection.execute(select(_lease.epoch)).first() is None:
        connection.execute(insert_new(connection, projector_lease).values(id=1, epoch=0, holder="", next_event_id=1, fold=0))
