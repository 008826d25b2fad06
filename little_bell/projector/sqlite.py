"""Hot statements for SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from types import NoneType

from little_bell.projector.states import READ_COLUMNS, Row
from little_bell.projector.store import CLICK_COLUMNS, EVENT_COLUMNS, READ_CLICKS, RENEW_CLICKS

# One JSON parameter: a list of any length is one statement, prepared once. In the order of the index it finds its way in fewer steps.
_BY_TOKEN = f"SELECT {READ_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN messages ON messages.token = wanted.value"
_BY_ID = f"SELECT {READ_COLUMNS} FROM messages WHERE id IN (SELECT value FROM json_each(?))"
_INSERT_EVENT = f"INSERT INTO message_events ({', '.join(EVENT_COLUMNS)}) VALUES ({', '.join('?' * len(EVENT_COLUMNS))})"
_CHANGE = "UPDATE message_events SET verdict=?, reasons=?, rules=? WHERE id=?"
_CLICKS = f"SELECT {READ_CLICKS} FROM link_clicks WHERE message_id IN (SELECT value FROM json_each(?))"
_WRITE_CLICK = f"INSERT INTO link_clicks ({', '.join(CLICK_COLUMNS)}) VALUES ({', '.join('?' * len(CLICK_COLUMNS))}) {RENEW_CLICKS}"

# Without an adapter the driver searches 0.2 µs for how to bind each None, and an event with its message binds two dozen of them.
sqlite3.register_adapter(NoneType, {None: None}.get)


class SqliteStore:
    """See store.Store."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def messages_by_token(self, tokens: Sequence[str]) -> Iterable[Row]:
        return self._db.execute(_BY_TOKEN, (json.dumps(sorted(tokens)),)).fetchall()

    def messages_by_id(self, ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_BY_ID, (json.dumps(ids),)).fetchall()

    def insert_events(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_INSERT_EVENT, rows)

    def change_verdicts(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_CHANGE, rows)

    def update_messages(self, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
        self._db.executemany(_update(columns), rows)

    def clicks_of(self, message_ids: Sequence[int]) -> Iterable[Row]:
        return self._db.execute(_CLICKS, (json.dumps(message_ids),)).fetchall()

    def write_clicks(self, rows: Sequence[Row]) -> None:
        self._db.executemany(_WRITE_CLICK, rows)


@cache
def _update(columns: tuple[str, ...]) -> str:
    return f"UPDATE messages SET {', '.join(f'{column}=?' for column in columns)} WHERE id=?"
