"""A backup beside a running server: the database, the journal records that aren't folded in it yet, and the secret key.

The journal positions are read first, the database is copied next, the journals last: between them nothing can be lost.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from sqlalchemy import Engine, select
from sqlalchemy.engine import make_url

from little_bell import __version__
from little_bell.config import Settings
from little_bell.db import is_sqlite
from little_bell.domain.errors import Conflict, NotFound, Unavailable
from little_bell.instance import journals_of
from little_bell.journal.reader import journal_names
from little_bell.journal.segment import SegmentReader, segment_numbers, segment_path
from little_bell.models import now
from little_bell.models.tables import journal_positions
from little_bell.secret_key import FILE as SECRET_KEY

MANIFEST, DATABASE, DUMP, JOURNALS = "backup.json", "little_bell.db", "little_bell.dump", "journal"

Positions = dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; written last, so that a folder without it is no backup."""

    version: str
    made_at: datetime
    database: str  # sqlite or postgresql
    instance: str
    has_secret_key: bool
    journaled_records: int


def back_up(engine: Engine, settings: Settings, folder: Path) -> Manifest:
    """Fill `folder`, which must be new or empty, readable by its owner alone.

    Raises Conflict for a folder with something in it, NotFound where pg_dump isn't installed, Unavailable where it fails.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} isn't empty: a backup needs a folder of its own", "folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    journals = journals_of(engine, settings.data_dir)
    with _private_files():
        positions = _positions(engine)
        _copy_database(settings.database_url, folder)
        records = _copy_journals(journals, positions, folder / JOURNALS)
        has_key = _copy_secret_key(settings, folder)
        manifest = Manifest(__version__, now(), make_url(settings.database_url).get_backend_name(), journals.name, has_key, records)
        draft = folder / f".{MANIFEST}"
        draft.write_bytes(orjson.dumps(manifest, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2))
        sync(draft)
        draft.rename(folder / MANIFEST)
        sync(folder)
    return manifest


@contextmanager
def _private_files() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _positions(engine: Engine) -> Positions:
    table = journal_positions.c
    with engine.connect() as connection:
        rows = connection.execute(select(table.journal, table.segment, table.offset))
        return {row.journal: (row.segment, row.offset) for row in rows}


def _copy_database(url: str, folder: Path) -> None:
    if is_sqlite(url):
        copy_sqlite(Path(make_url(url).database or ""), folder / DATABASE)
    else:
        run_postgres_program("pg_dump", "--format=custom", f"--file={folder / DUMP}", url=url)


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a SQLite file as it is at one moment, while others write it."""
    # Read-write: the first to open a WAL after a crash has to recover it.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=10)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
    sync(target)


def run_postgres_program(name: str, *arguments: str, url: str = "") -> None:
    """Run one of PostgreSQL's client programs, on the database at `url` if one is given.

    Raises NotFound where it isn't installed, Unavailable where it fails.
    """
    program = shutil.which(name)
    if program is None:
        raise NotFound(f"{name} isn't on the PATH: install PostgreSQL's client programs (apt-get install postgresql-client)")
    command, environment = [program, *arguments], dict(os.environ)
    if url:
        parsed = make_url(url)
        command.append(f"--dbname={parsed.set(drivername='postgresql', password=None).render_as_string()}")
        if parsed.password:  # by the environment: a command line can be read by everybody on the machine
            environment["PGPASSWORD"] = str(parsed.password)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"{name} failed: {' '.join(done.stderr.split()) or done.returncode}")


def _copy_journals(root: Path, positions: Positions, target: Path) -> int:
    """Copy every segment that holds something behind its journal's position; how many records those are."""
    records = 0
    for name in journal_names(root):
        segment, offset = positions.get(name, (0, 0))
        for number in (n for n in segment_numbers(root / name) if n >= segment):
            source = segment_path(root / name, number)
            with closing(SegmentReader(source, number)) as reader:
                behind = reader.records_behind(offset if number == segment else 0)
            if behind:
                (target / name).mkdir(mode=0o700, parents=True, exist_ok=True)
                copy_sqlite(source, segment_path(target / name, number))
                records += behind
    return records


def _copy_secret_key(settings: Settings, folder: Path) -> bool:
    """Whether the key is in the backup; one that is given by the environment is kept wherever that comes from."""
    kept = settings.data_dir / SECRET_KEY
    if settings.secret_key or not kept.exists():
        return False
    shutil.copyfile(kept, folder / SECRET_KEY)
    sync(folder / SECRET_KEY)
    return True


def sync(path: Path) -> None:
    """Return when a file, or a folder's list of files, is on the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
