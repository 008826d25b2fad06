"""The main database: one engine a process, SQLite tuned to lose nothing, PostgreSQL by its URL."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

BUSY_TIMEOUT_MS = 10_000
LOOK_SECONDS = 0.003
CACHE_KB = 64_000  # of a whole engine: ten connections of 32 MB each were the largest part of the server


def make_engine(url: str, *, pool_size: int = 10, connect_seconds: int = 5) -> Engine:
    """An engine for `url`; makes the folder of a SQLite file that doesn't exist yet."""
    if not is_sqlite(url):
        # prepare_threshold=None: server-side prepared statements don't survive pgbouncer's transaction mode.
        options = {"prepare_threshold": None, "connect_timeout": connect_seconds}
        return create_engine(url, pool_size=pool_size, pool_pre_ping=True, connect_args=options)
    path = make_url(url).database or ""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # The connection used last is used next: its page cache is warm, where another's is thrown away at each foreign write.
    connect_args = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(url, pool_size=pool_size, pool_use_lifo=True, connect_args=connect_args)
    event.listen(engine, "connect", partial(_tune_sqlite, cache_kb=CACHE_KB // pool_size))
    return engine


def absent_engine() -> Engine:
    """The engine of a node that has no database: to all who ask, it is away."""

    def refuse() -> Any:
        import psycopg  # 9 MB that nobody needs who has SQLite

        raise psycopg.OperationalError("this node has no database: LITTLE_BELL_DATABASE_URL isn't set")

    return create_engine("postgresql+psycopg://", creator=refuse)


def is_sqlite(url: str) -> bool:
    """Whether the URL names a SQLite file."""
    return url.startswith("sqlite")


def _tune_sqlite(connection: sqlite3.Connection, _record: Any, *, cache_kb: int) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: pysqlite would start transactions late and upgrade them
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "fullfsync=ON",  # macOS: fsync alone doesn't reach the platter
        "foreign_keys=ON",
        f"cache_size=-{cache_kb}",
        "wal_autocheckpoint=32000",  # 128 MB: under load the projector sees to it before, and in a better moment
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one snapshot and writes nothing."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("BEGIN"))
        yield connection
        connection.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction: commits at the end, rolls back on any error.

    SQLite takes the write lock at once (BEGIN IMMEDIATE), so that a reader never has to be upgraded and fail.
    """
    with engine.connect() as connection:
        take_write_lock(connection)
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def take_write_lock(connection: Connection) -> None:
    """Begin a write transaction on SQLite, where one writes at a time; elsewhere do nothing.

    Looks every few milliseconds for 10 s: SQLite's own waiting backs off to 100 ms and would sleep through the pauses
    that a busy projector makes for others. Raises sqlalchemy.exc.OperationalError when the time is up.
    """
    if connection.dialect.name != "sqlite":
        return
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
            _waiting_file(connection.engine).touch()
            time.sleep(LOOK_SECONDS)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def last_wait(engine: Engine) -> float:
    """When somebody last had to wait for the write lock, in seconds since 1970; 0.0 where nobody ever did, as on PostgreSQL."""
    if not is_sqlite(str(engine.url)):
        return 0.0
    try:
        return _waiting_file(engine).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _waiting_file(engine: Engine) -> Path:
    """Its modification time tells all processes that the lock is wanted: SQLite itself tells nobody."""
    return Path(f"{engine.url.database}-waiting")
