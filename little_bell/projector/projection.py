"""One batch of records into the main database: resolve, fold, write, and the journal's position, in one transaction."""

import logging
import sqlite3
import time
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, delete, exc, update

from little_bell.db import take_write_lock
from little_bell.domain.events import Event
from little_bell.domain.fold import fold
from little_bell.domain.lifecycle import MessageState
from little_bell.journal.base import Position
from little_bell.journal.records import Override, Record, encode_one
from little_bell.models import now
from little_bell.models.tables import campaigns, dead_records, journal_positions, parked_records, projector_lease
from little_bell.projector.batch import Batch, Dead
from little_bell.projector.buried import without_tombstones
from little_bell.projector.checkpoint import Checkpoint
from little_bell.projector.clicks import load_clicks, write_clicks
from little_bell.projector.correct import correct
from little_bell.projector.dictionaries import Dictionaries
from little_bell.projector.erase import erase_all
from little_bell.projector.fill import Filling
from little_bell.projector.judging import judge_batch, write_judged, write_waiting
from little_bell.projector.lists import read_lists, read_mailboxes
from little_bell.projector.notices import write_notices
from little_bell.projector.overrides import read_overrides, write_overrides
from little_bell.projector.places import Places
from little_bell.projector.recipients import note_messages
from little_bell.projector.reports import write_receipts
from little_bell.projector.resolve import Resolver
from little_bell.projector.resolved import Resolved
from little_bell.projector.rights import LeaseLost, NotOurs, Right
from little_bell.projector.routing import hand_on
from little_bell.projector.states import Writes, changed_readings, writes_of
from little_bell.projector.store import Store, store_of, write_states
from little_bell.projector.suppress import write_suppressions
from little_bell.projector.visits import recall_visits
from little_bell.projector.write import (
    MAX_PARKED,
    add_counts,
    count_parked,
    park,
    upsert,
    write_bounces,
    write_sums,
)

log = logging.getLogger(__name__)

_SOURCE = 8  # place of `source` in store.EVENT_COLUMNS
_CAMPAIGN: Callable[[Event | MessageState], tuple[int, int]] = attrgetter("tenant_id", "campaign_id")


class Projection:
    """Folds batches as long as it has the right to."""

    def __init__(
        self,
        engine: Engine,
        right: Right,
        visitor_key: bytes,
        ip_policy: str = "truncate",
        lists_folder: str = "",
        places: Places | None = None,
    ) -> None:
        self._engine = engine
        self._right = right
        lists, mailboxes = read_lists(lists_folder), read_mailboxes(lists_folder)
        self._known = Dictionaries.empty(engine, visitor_key, ip_policy, lists, places or Places(), mailboxes)
        self._checkpoint = Checkpoint(engine)
        self.parked = 0
        self._writing_since = 0.0
        self.write_seconds = 0.0  # how long the last fold held the write lock
        self.tell: Callable[[], None] = lambda: None  # whoever wants to hear of each fold
        self.recount_parked()

    def filling(self) -> Filling:
        """What fills in the analytics of messages that an older version made."""
        return Filling(self._known.mailboxes, self._known.client_of)

    def recount_parked(self) -> None:
        """Ask the database how many hits are parked."""
        with self._engine.connect() as connection:
            self.parked = count_parked(connection)

    def fold(self, batch: Batch) -> int:
        """Fold a batch; how many events that made. A record that breaks it is found and set aside with its reason.

        Raises LeaseLost, NotOurs; and whatever a database says that is away or busy: then nothing was written, try again.
        """
        try:
            return self._fold(batch)
        except (LeaseLost, NotOurs, *_TRANSIENT):
            raise
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("a batch of %d records can't be folded; looking for the bad one", len(batch.records))
        self._set_aside(batch)
        return self._fold(batch)

    def _set_aside(self, batch: Batch) -> None:
        """Move the records that can't be folded from `records` to `dead`, by halving."""
        good: list[tuple[Record, Position]] = []
        suspects = [batch.records]
        while suspects:
            part = suspects.pop()
            try:
                self._fold(Batch(part), is_rehearsal=True)
                good.extend(part)
            except Exception as error:
                if isinstance(error, LeaseLost | NotOurs) or is_transient(error):
                    raise
                if len(part) == 1:
                    record, position = part[0]
                    batch.dead.append(Dead(position, encode_one(record), f"{type(error).__name__}: {error}"[:500]))
                else:
                    middle = len(part) // 2
                    suspects += [part[middle:], part[:middle]]
        batch.records = good

    def _fold(self, batch: Batch, is_rehearsal: bool = False) -> int:
        with self._engine.connect() as connection:
            try:
                events, parked = self._transact(connection, batch)
            except BaseException:
                connection.rollback()
                raise
            if is_rehearsal:
                connection.rollback()
                return 0
            connection.commit()
            self.write_seconds = time.perf_counter() - self._writing_since
        self._checkpoint.after(events)
        self.parked += parked
        self.tell()
        return events

    def _transact(self, connection: Connection, batch: Batch) -> tuple[int, int]:
        """Returns how many events there were, and by how much the number of parked hits changed."""
        self._known.renew()
        next_event_id = self._right.begin(connection, batch)
        store = store_of(connection)
        resolver = Resolver(connection, store, self._known, next_event_id, self._right.is_ours)
        records = [record for record, _ in batch.records]
        overrides = [record for record in records if isinstance(record, Override)]
        named = [record.message_id for record in overrides]
        resolved = resolver.resolve(records, [*batch.again, *named])
        said = read_overrides(connection, [record for record in overrides if resolver.stays(record, record.message_id)], resolved)
        judged = judge_batch(connection, resolved, batch.again, said=said.said)
        recall_visits(connection, resolved.states, resolved.events)
        links = load_clicks(store, resolved.events)
        sums = fold(resolved.states, links, resolved.events)
        corrected = correct(connection, resolved, links, sums, judged.changed)
        states = resolved.states
        writes = writes_of(state for message_id in sorted(states) if (state := states[message_id]).is_changed)
        self._checkpoint.wait()
        take_write_lock(connection)  # only now: API writers wait for the writing, not for the thinking
        self._writing_since = time.perf_counter()
        fold_number = self._right.claim(connection, resolver.next_event_id)
        _write_events(store, resolved, writes)
        note_messages(connection, changed_readings(writes))
        write_judged(connection, judged)
        write_overrides(connection, said)
        touched = set(map(_CAMPAIGN, resolved.events))
        touched.update(_CAMPAIGN(states[message_id]) for message_id in (*corrected, *said.message_ids))
        write_sums(connection, sums, touched, fold_number)
        clicked = {(e.message_id, e.link_id) for e in resolved.events if e.link_id is not None}
        write_clicks(store, states, {key: link for key, link in links.items() if key in clicked or key[0] in corrected})
        bounced = [(event, row[_SOURCE]) for event, row in zip(resolved.events, resolved.rows, strict=True) if event.bounce is not None]
        write_bounces(connection, bounced, resolved.recipients)
        write_receipts(connection, resolved.filed)
        write_notices(connection, resolved.told)
        parked = self._write_parked(connection, resolved)
        write_suppressions(connection, resolved.said)
        self._note(connection, resolved)
        erase_all(connection, resolved.erasures, fold_number)
        write_waiting(connection, judged, batch.again)
        add_counts(connection, resolved.counts)
        self._right.settle(connection, batch)
        hand_on(connection, resolved.routed)
        _write_outcome(connection, batch)
        return len(resolved.events), parked - len(batch.unparked)

    def _write_parked(self, connection: Connection, resolved: Resolved) -> int:
        waiting = without_tombstones(connection, resolved)
        dropped = park(connection, waiting, MAX_PARKED - self.parked)
        resolved.counts["parked_dropped"] += dropped
        return len(waiting) - dropped

    def _note(self, connection: Connection, resolved: Resolved) -> None:
        """Deletions and prunes are only noted here; upkeep.py does the work in small steps."""
        for deletion in resolved.deletions:
            mine = (campaigns.c.tenant_id == deletion.tenant_id, campaigns.c.id == deletion.campaign_id, campaigns.c.deleted_at.is_(None))
            connection.execute(update(campaigns).where(*mine).values(deleted_at=deletion.received_at))
        for prune in resolved.prunes:
            later = projector_lease.c.prune_before.is_(None) | (projector_lease.c.prune_before < prune.before)
            connection.execute(update(projector_lease).where(later).values(prune_before=prune.before))


def _write_events(store: Store, resolved: Resolved, writes: Writes) -> None:
    if resolved.rows:
        store.insert_events(resolved.rows)
    write_states(store, writes)


def _write_outcome(connection: Connection, batch: Batch) -> None:
    folded_at = now()
    positions: list[dict[str, Any]] = [
        {"journal": p.journal, "segment": p.segment, "offset": p.offset, "folded_at": folded_at} for p in batch.positions.values()
    ]
    upsert(connection, journal_positions, positions, put=["segment", "offset", "folded_at"])
    if batch.dead:
        rows = [
            {
                "journal": d.position.journal,
                "segment": d.position.segment,
                "offset": d.position.offset,
                "reason": d.reason,
                "record": d.record,
            }
            for d in batch.dead
        ]
        connection.execute(dead_records.insert(), [row | {"died_at": folded_at} for row in rows])
    if batch.unparked:
        connection.execute(delete(parked_records).where(parked_records.c.id.in_(batch.unparked)))
    if batch.revived:
        connection.execute(delete(dead_records).where(dead_records.c.id.in_(batch.revived)))


_TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, exc.InterfaceError, exc.TimeoutError)
_SQLITE_TRANSIENT = ("locked", "busy", "full", "disk i/o", "readonly", "unable to open")


def is_transient(error: BaseException) -> bool:
    """Whether a database was only away, busy or full, so that the same may succeed later."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, sqlite3.OperationalError):
        return any(word in str(cause).lower() for word in _SQLITE_TRANSIENT)
    return isinstance(cause, _TRANSIENT) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated)
