"""A checked file, ready to be registered: its good lines and its refused ones, in a temporary file of SQLite's."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import blake2b
from itertools import islice
from secrets import token_bytes
from typing import Any

import orjson

from little_bell.actions.forms import NewRecipient, trusted
from little_bell.recipients.columns import Columns, Refusal

#: Lines that are looked at, or registered, together.
CHUNK = 10_000
#: An empty name is a file that SQLite makes in the system's temporary folder and removes when it is closed.
_TEMPORARY = ""
_SCHEMA = """
PRAGMA journal_mode=OFF;
PRAGMA cache_size=-16000;
CREATE TABLE good (line INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE seen (name INTEGER PRIMARY KEY, line INTEGER NOT NULL);
CREATE TABLE refused (line INTEGER PRIMARY KEY, heading TEXT NOT NULL, reason TEXT NOT NULL);
"""
_IDENTITY = ("tracking_token", "external_id", "recipient_email")


class Staging:
    """Close it when it is no longer needed."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._salt = token_bytes(16)
        self._db = sqlite3.connect(_TEMPORARY, isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)
        self.good = self.refused = 0

    def close(self) -> None:
        """Let go of the temporary file."""
        self._db.close()

    def take(self, found: Sequence[tuple[int, NewRecipient]]) -> list[tuple[int, NewRecipient]]:
        """Keep recipients with the numbers of their lines; those that an earlier line has are refused. Returns the others."""
        named = [(line, recipient, self._identity(recipient)) for line, recipient in found]
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", [(key, line) for line, _, (_, key) in named])
        marks = ",".join("?" * len(named))
        first = dict(self._db.execute(f"SELECT name, line FROM seen WHERE name IN ({marks})", [key for _, _, (_, key) in named]))
        kept = [(line, recipient) for line, recipient, (_, key) in named if first[key] == line]
        self._db.executemany("INSERT INTO good VALUES (?, ?)", [(line, orjson.dumps(recipient.__dict__)) for line, recipient in kept])
        self.good += len(kept)
        self._refuse(
            Refusal(line, self._columns.heading(field), f"line {first[key]} has the same")
            for line, _, (field, key) in named
            if first[key] != line
        )
        self._db.execute("COMMIT")
        return kept

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Note lines that can't be registered; those that were kept before aren't any more."""
        self._db.execute("BEGIN")
        self._refuse(refusals)
        self._db.execute("COMMIT")

    def heading(self, field: str) -> str:
        """The heading above a field in the file."""
        return self._columns.heading(field)

    def _refuse(self, refusals: Iterable[Refusal]) -> None:
        for one in refusals:
            self.good -= self._db.execute("DELETE FROM good WHERE line = ?", (one.line,)).rowcount
            self.refused += self._db.execute(
                "INSERT INTO refused VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (one.line, one.column, one.reason)
            ).rowcount

    def refusals(self, limit: int | None = None) -> Iterator[Refusal]:
        """The refused lines in the order of the file; the first `limit` of them if one is given."""
        statement = "SELECT line, heading, reason FROM refused ORDER BY line LIMIT ?"
        with closing(self._db.execute(statement, (-1 if limit is None else limit,))) as rows:
            yield from (Refusal(*row) for row in rows)

    def batches(self) -> Iterator[list[tuple[int, NewRecipient]]]:
        """The good lines in the order of the file, some thousand at a time."""
        last = 0
        while rows := self._db.execute("SELECT line, body FROM good WHERE line > ? ORDER BY line LIMIT ?", (last, CHUNK)).fetchall():
            last = rows[-1][0]
            yield [(line, trusted(NewRecipient, orjson.loads(body))) for line, body in rows]

    def _identity(self, recipient: NewRecipient) -> tuple[str, int]:
        """By which field one is known again, and 64 bits of it: two of a million are alike by chance in one of 30 million files."""
        field = next(name for name in _IDENTITY if getattr(recipient, name))
        hashed = blake2b(f"{field}\0{getattr(recipient, field)}".encode(), digest_size=8, key=self._salt).digest()
        return field, int.from_bytes(hashed, signed=True)


def chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows, some thousand at a time."""
    rest = iter(rows)
    while some := list(islice(rest, CHUNK)):
        yield some
