"""Hot statements for PostgreSQL: COPY for events, one UPDATE from a JSON parameter for states.

Nothing here outlives its transaction (no prepared statements, no temporary tables), so pgbouncer may stand between.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import orjson
from psycopg import Connection

from little_bell.projector.states import READ_COLUMNS, Row
from little_bell.projector.store import CLICK_COLUMNS, EVENT_COLUMNS, READ_CLICKS, RENEW_CLICKS

_BY_TOKEN = f"SELECT {READ_COLUMNS} FROM messages WHERE token = ANY(%s)"
_BY_ID = f"SELECT {READ_COLUMNS} FROM messages WHERE id = ANY(%s)"
_COPY_EVENTS = f"COPY message_events ({', '.join(EVENT_COLUMNS)}) FROM STDIN"
# One plan for all: with as many plans as rows, each through all partitions, planning would be what takes the time.
_CHANGE = (
    "UPDATE message_events SET verdict = new.verdict, reasons = new.reasons, rules = new.rules "
    "FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::bigint[]) AS new(verdict, reasons, rules, id) WHERE message_events.id = new.id"
)
_CLICKS = f"SELECT {READ_CLICKS} FROM link_clicks WHERE message_id = ANY(%s)"
_WRITE_CLICKS = (
    f"INSERT INTO link_clicks ({', '.join(CLICK_COLUMNS)}) SELECT {', '.join(CLICK_COLUMNS)} "
    f"FROM json_to_recordset(%s::json) AS new({', '.join(f'{column} bigint' for column in CLICK_COLUMNS)}) {RENEW_CLICKS}"
)
_TEXT = frozenset({"provider_message_id", "bounce_type", "bounce_category", "bounce_reason", "recent_visits", "status", "mailbox"})


class PostgresStore:
    """See store.Store."""

    def __init__(self, db: "Connection[Any]") -> None:
        self._db = db

    def messages_by_token(self, tokens: Sequence[str]) -> Iterable[Row]:
        return self._db.execute(_BY_TOKEN, (list(tokens),), binary=True).fetchall()  # integers need no parsing then

    def messages_by_id(self, ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_BY_ID, (list(ids),), binary=True).fetchall()

    def insert_events(self, rows: Sequence[Row]) -> None:
        with self._db.cursor().copy(_COPY_EVENTS) as copy:
            for row in rows:
                copy.write_row(row)

    def change_verdicts(self, rows: Sequence[Row]) -> None:
        verdicts, reasons, rules, ids = (list(column) for column in zip(*rows, strict=True))
        self._db.execute(_CHANGE, (verdicts, reasons, rules, ids))

    def update_messages(self, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        self._db.execute(_update(columns), (_as_json(rows, (*columns, "id")),))

    def clicks_of(self, message_ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_CLICKS, (list(message_ids),), binary=True).fetchall()

    def write_clicks(self, rows: Sequence[Row]) -> None:
        told = [dict(zip(CLICK_COLUMNS, row, strict=True)) for row in rows]
        self._db.execute(_WRITE_CLICKS, (orjson.dumps(told).decode(),))


@cache
def _update(columns: tuple[str, ...]) -> str:
    typed = ", ".join(f"{c} {'text' if c in _TEXT else 'bigint'}" for c in (*columns, "id"))
    changes = ", ".join(f"{c} = decode(new.{c}, 'hex')" if c == "recent_visits" else f"{c} = new.{c}" for c in columns)
    return f"UPDATE messages SET {changes} FROM json_to_recordset(%s::json) AS new({typed}) WHERE messages.id = new.id"


def _as_json(rows: Sequence[Row], names: Sequence[str]) -> str:
    told = [dict(zip(names, row, strict=True)) for row in rows]
    for new in told:
        if new["recent_visits"]:
            new["recent_visits"] = new["recent_visits"].hex()
    return orjson.dumps(told).decode()
