"""Visits of minutes gone by: a message keeps only its newest minute's, an event that comes late needs those of its own."""

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, select

from little_bell.domain.events import HUMAN_VERDICTS, MINUTE, Event
from little_bell.domain.fold import minute_of, visit
from little_bell.domain.lifecycle import MessageState
from little_bell.models import from_micros, to_micros
from little_bell.models.tables import message_baselines, message_events


def recall_visits(connection: Connection, states: dict[int, MessageState], events: Iterable[Event]) -> None:
    """Put into each state the stored visits of the minutes that its late events fall into."""
    late = {
        (event.message_id, event.occurred_at // MINUTE)
        for event in events
        if event.type == "opened" and event.occurred_at // MINUTE < (states[event.message_id].last_event_at or 0) // MINUTE
    }
    for message_id, minute in late:
        states[message_id].visits |= _stored(connection, message_id, minute)


def _stored(connection: Connection, message_id: int, minute: int) -> set[int]:
    table = message_events.c
    rows = connection.execute(
        select(table.occurred_at, table.visitor, table.verdict).where(
            table.message_id == message_id,
            table.type == "opened",
            table.is_counted,
            table.occurred_at >= from_micros(minute * MINUTE),
            table.occurred_at < from_micros((minute + 1) * MINUTE),
        )
    )
    visits: set[int] = set()
    for row in rows:
        when = to_micros(row.occurred_at)
        visits.add(visit(when, row.visitor, False))
        if row.verdict in HUMAN_VERDICTS:
            visits.add(visit(when, row.visitor, True))
    return visits | _pruned(connection, message_id, minute)


def _pruned(connection: Connection, message_id: int, minute: int) -> set[int]:
    body = connection.execute(select(message_baselines.c.state).where(message_baselines.c.message_id == message_id)).scalar()
    return {seen for seen in orjson.loads(body)["visits"] if minute_of(seen) == minute} if body else set()
