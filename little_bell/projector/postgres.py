"""Hot statements for PostgreSQL: COPY for events, one UPDATE from a JSON parameter for states.

Nothing here outlives its transaction (no prepared statements, no temporary tables), so pgbouncer may stand between.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from psycopg import Connection

from little_bell.projector.states import READ_COLUMNS, STATE_COLUMNS, Row
from little_bell.projector.store import EVENT_COLUMNS

_BY_TOKEN = f"SELECT {READ_COLUMNS} FROM messages WHERE token = ANY(%s)"
_BY_ID = f"SELECT {READ_COLUMNS} FROM messages WHERE id = ANY(%s)"
_COPY_EVENTS = f"COPY message_events ({', '.join(EVENT_COLUMNS)}) FROM STDIN"
_TEXT = frozenset({"provider_message_id", "bounce_type", "bounce_category", "bounce_reason", "status", "recent_visits"})
_COLUMNS = (*STATE_COLUMNS, "status", "updated_at", "recent_visits")
_TYPED = ", ".join(f"{c} {'text' if c in _TEXT else 'bigint'}" for c in (*_COLUMNS, "id"))
_SET = ", ".join(f"{c} = new.{c}" for c in _COLUMNS if c != "recent_visits")
_UPDATE = (
    f"UPDATE messages SET {_SET}, recent_visits = decode(new.recent_visits, 'hex') "
    f"FROM json_to_recordset(%s::json) AS new({_TYPED}) WHERE messages.id = new.id"
)


class PostgresStore:
    """See store.Store."""

    def __init__(self, db: "Connection[Any]") -> None:
        self._db = db

    def messages_by_token(self, tokens: Sequence[str]) -> Iterable[Row]:
        return self._db.execute(_BY_TOKEN, (list(tokens),)).fetchall()

    def messages_by_id(self, ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_BY_ID, (list(ids),)).fetchall()

    def insert_events(self, rows: Sequence[Row]) -> None:
        with self._db.cursor().copy(_COPY_EVENTS) as copy:
            for row in rows:
                copy.write_row(row)

    def update_messages(self, rows: Sequence[Row]) -> None:
        names = (*_COLUMNS, "id")
        visits = len(STATE_COLUMNS) + 2
        payload = [dict(zip(names, row, strict=True)) for row in rows]
        for new, row in zip(payload, rows, strict=True):
            new["recent_visits"] = row[visits].hex() if row[visits] else None
        self._db.execute(_UPDATE, (orjson.dumps(payload).decode(),))
