"""Hot statements for SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from little_bell.projector.states import DERIVED_COLUMNS, READ_COLUMNS, STATE_COLUMNS, Row
from little_bell.projector.store import EVENT_COLUMNS

# One JSON parameter: a list of any length is one statement, prepared once.
_BY_TOKEN = f"SELECT {READ_COLUMNS} FROM messages WHERE token IN (SELECT value FROM json_each(?))"
_BY_ID = f"SELECT {READ_COLUMNS} FROM messages WHERE id IN (SELECT value FROM json_each(?))"
_INSERT_EVENT = f"INSERT INTO message_events ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join('?' * len(EVENT_COLUMNS))})"
_SET = ", ".join(f"{c}=?" for c in (*STATE_COLUMNS, *DERIVED_COLUMNS))
_UPDATE = f"UPDATE messages SET {_SET} WHERE id=?"
_UPDATE_WITH_STATUS = f"UPDATE messages SET {_SET}, status=? WHERE id=?"


class SqliteStore:
    """See store.Store."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def messages_by_token(self, tokens: Sequence[str]) -> Iterable[Row]:
        return self._db.execute(_BY_TOKEN, (json.dumps(tokens),)).fetchall()

    def messages_by_id(self, ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_BY_ID, (json.dumps(ids),)).fetchall()

    def insert_events(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_INSERT_EVENT, rows)

    def update_messages(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_UPDATE, rows)

    def update_with_status(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_UPDATE_WITH_STATUS, rows)
