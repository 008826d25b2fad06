"""Brings a database to the newest revision in one transaction, and touches none that isn't ours.

Alembic is loaded where there is something to migrate: it takes a fifth of the time in which a command starts.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Connection, Integer, inspect, text
from sqlalchemy.engine import make_url

from little_bell.db import is_sqlite, make_engine
from little_bell.domain.errors import Conflict
from little_bell.models.revisions import ALEMBIC, is_newer, revisions

#: Any number that no other program on the same PostgreSQL uses.
ADVISORY_LOCK = int.from_bytes(b"lil bell")


#: What migrations are written with. SQLite gives AUTOINCREMENT only to a column that is exactly INTEGER.
ID = BigInteger().with_variant(Integer(), "sqlite")
TIME = BigInteger()  # microseconds since 1970, UTC
NEVER_REUSED = {"sqlite_autoincrement": True}
CLUSTERED = {"sqlite_with_rowid": False}


class ForeignDatabase(Conflict):
    """The database has tables that aren't ours."""

    code = "foreign_database"


class NewerDatabase(Conflict):
    """A newer version has migrated the database: what this one would write could be incomplete."""

    code = "newer_database"


def migrate(url: str) -> None:
    """Brings the database at `url` to the newest revision; an empty or missing one gets all tables.

    Raises ForeignDatabase, having changed nothing, when there are tables but not our migrations, and NewerDatabase.
    """
    found = _revision_of_sqlite(url) if is_sqlite(url) else _revision_of_postgres(url)
    if is_newer(found):
        raise NewerDatabase(f"the database has the shape {found} of a newer Little Bell, this one knows {revisions()[-1]}: update this one")
    if found is not None and found not in revisions():
        raise ForeignDatabase(_refusal(url))
    if found != revisions()[-1]:
        _upgrade(url)


def state_of(url: str) -> Literal["empty", "current", "old", "foreign"]:
    """How the database at `url` stands to this version; nothing is changed. Raises what a database says that can't be read."""
    try:
        found = _revision_of_sqlite(url) if is_sqlite(url) else _revision_of_postgres(url)
    except ForeignDatabase:
        return "foreign"
    if found is None:
        return "empty"
    if found not in revisions():
        return "foreign"
    return "current" if found == revisions()[-1] else "old"


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """A connection in whose one transaction a migration runs, alone: a second process waits until this one is done."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            if is_sqlite(url):
                connection.execute(text("PRAGMA foreign_keys=OFF"))  # batch mode rebuilds tables that others refer to
                connection.execute(text("BEGIN IMMEDIATE"))
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
                _stop_folding(connection)
            yield connection
            connection.commit()
    finally:
        engine.dispose()


def _stop_folding(connection: Connection) -> None:
    """Take their partitions from all projectors: those of an older version wouldn't write what is new, and get none again.

    First of all: a fold that is at it ends before tables are changed, and the next one waits, so that neither waits for the other.
    """
    if inspect(connection).has_table("journal_partitions"):
        connection.execute(text("UPDATE journal_partitions SET epoch = epoch + 1, owner = ''"))


def is_of_a_model(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether alembic should compare this: the partitions of message_events are nobody's model."""
    return not (kind == "table" and name is not None and name.startswith("message_events_"))


def required(kind: Any, names: str, **options: Any) -> list[Column[Any]]:
    """Columns that always have a value, named in one string."""
    return [Column(name, kind, nullable=False, **options) for name in names.split()]


def optional(kind: Any, names: str) -> list[Column[Any]]:
    """Columns that may be empty."""
    return [Column(name, kind) for name in names.split()]


def counts(names: str) -> list[Column[Any]]:
    """Columns that begin at 0."""
    return required(Integer(), names, server_default="0")


def index_where_set(name: str, table: str, columns: list[str]) -> None:
    """Makes an index of the rows whose last column has a value."""
    from alembic import op

    is_set = text(f"{columns[-1]} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=is_set, postgresql_where=is_set)


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(ALEMBIC / "alembic.ini")
    config.attributes["url"] = url
    command.upgrade(config, "head")


def _revision_of_sqlite(url: str) -> str | None:
    """The revision of the file, "" when it has tables but no revision, None when it is empty or missing.

    Read-only, with none of our pragmas: even switching a foreign file to WAL would be touching it.
    """
    path = Path(make_url(url).database or "")
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "alembic_version" not in tables:
                return "" if tables else None
            return next((revision for (revision,) in connection.execute("SELECT version_num FROM alembic_version")), "")
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise ForeignDatabase(f"{path} is not a SQLite database.") from error


def _revision_of_postgres(url: str) -> str | None:
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            if "alembic_version" not in tables:
                return "" if tables else None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    finally:
        engine.dispose()


def _refusal(url: str) -> str:
    name = make_url(url).database if is_sqlite(url) else make_url(url).render_as_string(hide_password=True)
    return (
        f"{name} has tables that Little Bell didn't make, so it is left as it is. "
        f"To take its data over into a new database, choose one with LITTLE_BELL_DATABASE_URL and run: little-bell db import-seed {name}"
    )
