"""What the projector does in small steps between folds: unpark, purge deleted campaigns, prune old events, let journals go."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, delete, select, text, update
from sqlalchemy.exc import OperationalError

from little_bell.db import writing
from little_bell.journal.base import Position
from little_bell.journal.local import folder_bytes
from little_bell.journal.reader import is_older, journal_names, may_grow, trim
from little_bell.journal.records import decode_one
from little_bell.journal.segment import segment_numbers
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import campaigns, journal_positions, messages, parked_records, projector_lease, provider_events
from little_bell.projector.batch import Batch
from little_bell.projector.crowds import forget_crowds
from little_bell.projector.erasing import Erasing
from little_bell.projector.fill import TO_FILL
from little_bell.projector.frozen import last_whole_limit
from little_bell.projector.judging import waiting
from little_bell.projector.lag import records_behind
from little_bell.projector.lease import LEASE_SECONDS
from little_bell.projector.notices import forget_step
from little_bell.projector.overrides import forget_waiting
from little_bell.projector.partitions import is_waiting_for_readers, make_ahead
from little_bell.projector.projection import Projection
from little_bell.projector.prune import Pruning
from little_bell.projector.prune_tenants import TenantPruning
from little_bell.projector.purge import purge_step
from little_bell.projector.purge_tenant import TENANTS_TO_PURGE, purge_tenant_step
from little_bell.projector.recipients_turn import RecipientsTurn
from little_bell.projector.reports import empty_step
from little_bell.projector.rights import Right
from little_bell.projector.write import expire_parked

log = logging.getLogger(__name__)

#: Parked hits one step looks at: some tens of milliseconds, so that API writers get their turn.
UNPARK_LOOK = 2_000
#: After a round that found nothing to do.
PAUSE_SECONDS = 0.2
#: A full journal takes readers' events again so long after it was folded, at most.
TRIM_SECONDS = 5.0
CLEAR_SECONDS = 60.0
#: Each order has events of five days looked through.
RETAIN_SECONDS = 3_600.0
#: A journal that isn't here may be on another machine, whose projector must not fold it again: its position stays that long.
FORGET_AFTER = timedelta(days=365)
#: Partitions are made for two weeks ahead; one that readers keep us from is tried again.
PARTITION_SECONDS, PARTITION_AGAIN_SECONDS = 3_600.0, 60.0
NOWHERE = Position("0" * 32, 0, 0)

_DELETED = select(campaigns.c.id).where(campaigns.c.deleted_at.is_not(None)).limit(1)
_DUE = select(provider_events.c.record).where(provider_events.c.due_at <= bindparam("now")).order_by(provider_events.c.due_at)
_TO_PRUNE = select(projector_lease.c.id).where(projector_lease.c.prune_before.is_not(None))


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long folded journals stay, how much of them, how long events (0: for good), providers' webhooks, and mail as it came."""

    journal_seconds: float
    journal_bytes: int
    event_days: int = 0
    webhook_days: int = 30
    report_days: int = 90


class Upkeep:
    """Does one small step at a time; says whether there was something to do."""

    def __init__(self, engine: Engine, right: Right, projection: Projection, journals: Path, keeping: Keeping) -> None:
        self._engine = engine
        self._right = right
        self._projection = projection
        self._journals = journals
        self._keeping = keeping
        self._unparked_to = 0
        self._seen_message_id = 0
        self._emptied_to = 0
        self._pruning = Pruning()
        self._filling = projection.filling()
        self._of_tenants = TenantPruning(keeping.event_days)
        self._erasing = Erasing(engine, journals)
        self._recipients = RecipientsTurn(engine)
        self._retained_at = -RETAIN_SECONDS
        self._partition_at = 0.0
        self._has_partitions = engine.dialect.name != "sqlite"
        self._next_at = 0.0
        self._trimmed_at = self._cleared_at = self._prolonged_at = time.monotonic()

    def step(self, *, is_folding: bool = False) -> bool:
        """One step of whatever waits, if it is time for one; whether more may wait. `is_folding`: events wait to be folded."""
        if time.monotonic() < self._next_at:
            return False
        is_busy = self._unpark_new() or self._unpark_old()
        is_busy = self.rejudge() or is_busy
        if self._right.is_keeper:
            is_busy = self._keep_house() or is_busy
            is_busy = self._recipients.step(is_folding=is_folding) or is_busy
        self._next_at = time.monotonic() + (0 if is_busy else PAUSE_SECONDS)
        return is_busy

    def _keep_house(self) -> bool:
        """What belongs to no message, or to all; whether more may wait."""
        self._make_partitions()
        is_busy = self._place_waiting()
        is_busy = self._write(purge_step, if_any=_DELETED) or is_busy
        is_busy = self._write(purge_tenant_step, if_any=TENANTS_TO_PURGE) or is_busy
        is_busy = self._prune() or is_busy
        is_busy = self._erasing.step() or is_busy
        if self._right.has_to_be_prolonged and time.monotonic() - self._prolonged_at > LEASE_SECONDS / 3:
            self._prolonged_at = time.monotonic()
            self._write(self._right.prolong)
        if time.monotonic() - self._trimmed_at > TRIM_SECONDS:
            self._trimmed_at = time.monotonic()
            self.trim_journals()
        if time.monotonic() - self._cleared_at > CLEAR_SECONDS:
            if any(map(self._write, (expire_parked, self._forget_webhooks, self._empty_reports, forget_crowds, forget_waiting))):
                return True
            self._cleared_at = time.monotonic()
            self._projection.recount_parked()
        if time.monotonic() - self._retained_at > RETAIN_SECONDS:
            self._retained_at = time.monotonic()
            with self._engine.connect() as connection:
                self._of_tenants.order(connection)
            if self._keeping.event_days:
                self._write(self._retain)
        return is_busy

    def _prune(self) -> bool:
        """Old events go, once those of an older version are in the analytics: what goes before would be missing there."""
        if self._write(self._filling.step, if_any=TO_FILL):
            return True
        is_busy = self._write(self._pruning.step, if_any=_TO_PRUNE)
        return (self._of_tenants.is_due and self._write(self._of_tenants.step)) or is_busy

    def _write(self, step: Callable[[Connection], int], if_any: Select[Any] | None = None) -> bool:
        """Do a step in a transaction of its own; the write lock is taken only if there is something to do."""
        if if_any is not None:
            with self._engine.connect() as connection:
                if connection.execute(if_any).first() is None:
                    return False
        with writing(self._engine) as connection:
            self._right.check(connection)
            return step(connection) > 0

    def _make_partitions(self) -> None:
        if not self._has_partitions or time.monotonic() < self._partition_at:
            return
        self._partition_at = time.monotonic() + PARTITION_SECONDS
        try:
            self._write(lambda connection: make_ahead(connection, to_micros(now()), self._keeping.event_days))
        except OperationalError as error:
            if not is_waiting_for_readers(error):
                raise
            self._partition_at = time.monotonic() + PARTITION_AGAIN_SECONDS

    def _retain(self, connection: Connection) -> int:
        """Order the prune of events that are older than they may get; where they lie in partitions, of whole ones."""
        before = now() - timedelta(days=self._keeping.event_days)
        if self._has_partitions:
            before = from_micros(last_whole_limit(connection, to_micros(before)))
        later = projector_lease.c.prune_before.is_(None) | (projector_lease.c.prune_before < before)
        return connection.execute(update(projector_lease).where(later).values(prune_before=before)).rowcount

    def _forget_webhooks(self, connection: Connection) -> int:
        return forget_step(connection, now() - timedelta(days=self._keeping.webhook_days))

    def _empty_reports(self, connection: Connection) -> int:
        before = now() - timedelta(days=self._keeping.report_days)
        emptied, self._emptied_to = empty_step(connection, before, self._emptied_to)
        return emptied

    def _unpark_new(self) -> bool:
        """Fold the parked hits of messages that were registered since the last look."""
        if not self._projection.parked:
            return False
        with self._engine.connect() as connection:
            newest = connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM messages")).scalar_one()
            if newest == self._seen_message_id:
                return False
            start = max(self._seen_message_id, newest - 20 * UNPARK_LOOK)  # further back the slow round comes by
            found = self._matches(connection, messages.c.id > start)
        if len(found) < UNPARK_LOOK:
            self._seen_message_id = newest
        return self._fold_parked(found)

    def _unpark_old(self) -> bool:
        """A slow round over everything parked, for messages whose ids were committed out of order."""
        if not self._projection.parked:
            return False
        with self._engine.connect() as connection:
            look = (
                select(parked_records.c.id).where(parked_records.c.id > self._unparked_to).order_by(parked_records.c.id).limit(UNPARK_LOOK)
            )
            ids = connection.execute(look).scalars().all()
            found = self._matches(connection, parked_records.c.id.between(ids[0], ids[-1])) if ids else []
        self._unparked_to = ids[-1] if ids else 0
        return self._fold_parked(found)

    def _matches(self, connection: Connection, where: object) -> list[tuple[int, bytes]]:
        joined = parked_records.join(messages, messages.c.token == parked_records.c.token)
        mine = self._right.only_ours(parked_records.c.token)
        found = select(parked_records.c.id, parked_records.c.record).select_from(joined).where(where, mine).order_by(parked_records.c.id)  # type: ignore[arg-type]
        return [(row.id, row.record) for row in connection.execute(found.limit(UNPARK_LOOK))]

    def _fold_parked(self, found: list[tuple[int, bytes]]) -> bool:
        if not found:
            return False
        records = [(decode_one(record), NOWHERE) for _, record in found]
        self._projection.fold(Batch(records, unparked=[parked_id for parked_id, _ in found]))
        return True

    def rejudge(self) -> bool:
        """Judge some messages again that other messages' events say something about; whether there were any."""
        with self._engine.connect() as connection:
            again = waiting(connection, self._right.only_ours(messages.c.token))
        if again:
            self._projection.fold(Batch(again=again))
        return bool(again)

    def _place_waiting(self) -> bool:
        """Try again what providers told of messages that nobody knew, and of readers whom our own pixel may yet have seen."""
        with self._engine.connect() as connection:
            found = connection.execute(_DUE.limit(UNPARK_LOOK), {"now": now()}).scalars().all()
        if not found:
            return False
        self._projection.fold(Batch([(decode_one(record), NOWHERE) for record in found]))
        return True

    def trim_journals(self) -> None:
        """Remove journal segments that are folded and old enough, and forget journals that are gone as a whole."""
        table, keeping = journal_positions.c, self._keeping
        with self._engine.connect() as connection:
            rows = connection.execute(select(table.journal, table.segment, table.folded_at)).all()
        known, present = {row.journal: row.segment for row in rows}, journal_names(self._journals)
        is_large = folder_bytes(self._journals) > keeping.journal_bytes
        due = [name for name in present if is_large or is_older(self._journals, name, keeping.journal_seconds)]
        folded = {name: self._folded_below(name, known.get(name, 0)) for name in due}  # some hold nothing, and have no position
        gone = set(trim(self._journals, folded, self._keeping.journal_seconds, self._keeping.journal_bytes))
        gone |= {row.journal for row in rows if row.journal not in present and row.folded_at < now() - FORGET_AFTER}
        if gone:
            with writing(self._engine) as connection:
                connection.execute(delete(journal_positions).where(table.journal.in_(gone)))

    def _folded_below(self, journal: str, segment: int) -> int:
        """Segments with a lower number are folded whole; the last one too, if nothing can follow in it and all of it was read."""
        if may_grow(self._journals, journal) or records_behind(self._engine, self._journals, journal):
            return segment
        numbers = segment_numbers(self._journals / journal)
        return max([segment, *numbers]) + 1
