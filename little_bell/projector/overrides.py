"""What somebody said of single events: found by what names them for good, put into their reasons, and kept beside them.

It may be told before the event is there (after a restore, journals are folded in another order): then it waits for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, select, text, tuple_

from little_bell.domain.overrides import OVERRULED_TYPES, mark_of
from little_bell.domain.verdicts import decide
from little_bell.domain.verdicts.reasons import with_said
from little_bell.journal.records import Override
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import event_overrides
from little_bell.projector.events import IS_LEFT
from little_bell.projector.resolved import Resolved
from little_bell.projector.states import MANY
from little_bell.projector.write import EXPIRE_STEP, PARKED_FOR, upsert

_VERDICT, _COUNTED, _REASONS = 9, 10, 11  # places in store.EVENT_COLUMNS
#: Message, and the event's mark.
Key = tuple[int, int]

_EVENTS = text(
    "SELECT id, message_id, type, received_at, stated_at, source, visitor, url, is_counted, reasons FROM message_events "
    f"WHERE message_id = :message_id AND received_at = :received_at AND {IS_LEFT}"
)
_key = tuple_(event_overrides.c.message_id, event_overrides.c.mark)
_WAITING = select(event_overrides).where(event_overrides.c.event_id.is_(None)).limit(MANY)
_PUT = ("tenant_id", "event_id", "verdict", "said_at", "said_by", "source", "note")


@dataclass(slots=True)
class Overrides:
    """`rows` are written; `said` is the new reasons of stored events, by message and event id."""

    rows: dict[Key, dict[str, Any]] = field(default_factory=dict)
    said: dict[int, dict[int, str]] = field(default_factory=dict)

    @property
    def message_ids(self) -> set[int]:
        """The messages of which something was said."""
        return {message_id for message_id, _ in self.rows}


def read_overrides(connection: Connection, records: Sequence[Override], resolved: Resolved) -> Overrides:
    """Find the events that `records` are about, and those in the batch for which something waits: these get their reasons at once."""
    found = Overrides()
    for record in _last_words(connection, records, resolved):
        found.rows[record.message_id, record.event] = _row(record)
    if found.rows:
        _find_stored(connection, records, found, resolved)
    waiting = {(row.message_id, row.mark): dict(row._mapping) for row in connection.execute(_WAITING)}
    if found.rows or waiting:
        _find_fresh(waiting | {key: row for key, row in found.rows.items() if row["event_id"] is None}, resolved, found)
    return found


def _last_words(connection: Connection, records: Sequence[Override], resolved: Resolved) -> list[Override]:
    """What is newer than all that was said of the same event; of records of the same moment the greater counts."""
    newest: dict[Key, Override] = {}
    for record in records:
        state = resolved.states.get(record.message_id)
        if state is None or state.tenant_id != record.tenant_id:
            resolved.counts["deleted"] += 1
            continue
        key = (record.message_id, record.event)
        if key not in newest or _age(newest[key]) < _age(record):
            newest[key] = record
    if not newest:
        return []
    keys = sorted(newest)
    for start in range(0, len(keys), MANY // 2):
        for row in connection.execute(select(event_overrides).where(_key.in_(keys[start : start + MANY // 2]))):
            if (to_micros(row.said_at), row.verdict) >= _age(newest[row.message_id, row.mark]):
                del newest[row.message_id, row.mark]  # an older one, or the same once more
    return list(newest.values())


def _age(record: Override) -> tuple[int, str]:
    return record.received_at, record.verdict


def _row(record: Override) -> dict[str, Any]:
    return {
        "message_id": record.message_id,
        "mark": record.event,
        "tenant_id": record.tenant_id,
        "event_id": None,
        "verdict": record.verdict,
        "said_at": from_micros(record.received_at),
        "said_by": record.by,
        "source": record.source,
        "note": record.note,
    }


def _find_stored(connection: Connection, records: Sequence[Override], found: Overrides, resolved: Resolved) -> None:
    for message_id, received_at in sorted({(record.message_id, record.event_at) for record in records}):
        for row in connection.execute(_EVENTS, {"message_id": message_id, "received_at": received_at}):
            said = found.rows.get((message_id, mark_of(row.type, row.received_at, row.stated_at, row.source, row.visitor, row.url)))
            if said is None:
                continue
            said["event_id"] = row.id
            if row.is_counted:
                found.said.setdefault(message_id, {})[row.id] = with_said(row.reasons, said["verdict"])
            else:
                resolved.counts["override_uncounted"] += 1


def _find_fresh(wanted: Mapping[Key, dict[str, Any]], resolved: Resolved, found: Overrides) -> None:
    """Those of this very batch: their reasons are changed before they are judged by their neighbours."""
    message_ids = {message_id for message_id, _ in wanted}
    for place, event in enumerate(resolved.events):
        if event.message_id not in message_ids or event.type not in OVERRULED_TYPES:
            continue
        row = resolved.rows[place]
        received_at, stated_at, source, url = row[6], row[7], row[8], row[17]
        key = (event.message_id, mark_of(event.type, received_at, stated_at, source, event.visitor, url))
        said = wanted.get(key)
        if said is None:
            continue
        said["event_id"] = event.id
        found.rows[key] = said
        if event.is_counted:
            reasons = with_said(row[_REASONS], said["verdict"])
            event.verdict = decide(reasons).verdict
            resolved.rows[place] = (*row[:_VERDICT], event.verdict, row[_COUNTED], reasons, *row[_REASONS + 1 :])


def write_overrides(connection: Connection, found: Overrides) -> None:
    """Store what was said last."""
    upsert(connection, event_overrides, [found.rows[key] for key in sorted(found.rows)], put=_PUT)


def forget_waiting(connection: Connection) -> int:
    """Let go of some that waited for their event too long, as hits do for their message; how many."""
    late = (event_overrides.c.event_id.is_(None), event_overrides.c.said_at < now() - PARKED_FOR)
    keys = [tuple(row) for row in connection.execute(select(*_key.clauses).where(*late).limit(EXPIRE_STEP))]
    if keys:
        connection.execute(delete(event_overrides).where(_key.in_(keys)))
    return len(keys)


def forget_of_events(connection: Connection, message_ids: Collection[int], event_ids: Collection[int]) -> None:
    """The events are gone, and what they added up to with what was said of them is frozen."""
    gone = (event_overrides.c.message_id.in_(message_ids), event_overrides.c.event_id.in_(event_ids))
    connection.execute(delete(event_overrides).where(*gone))
