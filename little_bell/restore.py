"""A backup put back: the database replaced, then everything replayed that the journals hold behind it.

The journals that are here already stay, so that events that were answered after the backup are there again.
Interrupted, it is simply run again.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, update
from sqlalchemy.engine import make_url

from little_bell.backup import DATABASE, DUMP, JOURNALS, MANIFEST, Manifest, run_postgres_program, sync
from little_bell.config import Settings
from little_bell.db import is_sqlite, make_engine, writing
from little_bell.domain.errors import Conflict, Malformed, NotFound
from little_bell.instance import journals_of
from little_bell.journal.reader import has_writer, journal_names
from little_bell.migrations import migrate
from little_bell.models import metadata, now
from little_bell.models.tables import projector_lease
from little_bell.projector.lag import records_behind
from little_bell.projector.projector import Projector, lease_of
from little_bell.projector.rights import LeaseTaken
from little_bell.secret_key import FILE as SECRET_KEY


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: when it was copied, how many records were replayed on it, where the database before it lies."""

    made_at: datetime
    replayed_records: int
    unfolded_records: int
    kept_as: Path | None


def restore(settings: Settings, folder: Path) -> Restored:
    """Replace the database by the backup's, and replay the journals.

    Raises NotFound for a folder that is no backup, Conflict while a server runs or for another kind of database,
    ForeignDatabase where tables lie in its place that aren't ours.
    """
    manifest = _manifest(folder)
    url = settings.database_url
    if manifest.database != make_url(url).get_backend_name():
        raise Conflict(f"the backup is of a {manifest.database} database, and LITTLE_BELL_DATABASE_URL names another kind")
    was_there = not is_sqlite(url) or Path(make_url(url).database or "").exists()
    migrate(url)
    engine = make_engine(url, pool_size=2)
    try:
        with _alone(engine, settings):
            before = journals_of(engine, settings.data_dir)
            kept_as = _replace_database(engine, settings, folder)
            if kept_as is not None and not was_there:  # it is the empty one that was made to hold the lease
                kept_as.unlink()
                shutil.rmtree(before, ignore_errors=True)
                kept_as = None
            journals = journals_of(engine, settings.data_dir)
            _add_journals(folder / JOURNALS, journals)
            _add_secret_key(settings, folder)
        waiting = records_behind(engine, journals)
        Projector(engine, settings).run_once()
        left = records_behind(engine, journals)
    finally:
        engine.dispose()
    return Restored(manifest.made_at, waiting - left, left, kept_as)


def _manifest(folder: Path) -> Manifest:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"{folder} is no backup: there is no {MANIFEST} in it", "folder") from None
    except msgspec.DecodeError as error:
        raise Malformed(f"{folder / MANIFEST} can't be read: {error}", "folder") from error


@contextmanager
def _alone(engine: Engine, settings: Settings) -> Iterator[None]:
    """Nobody folds or records in here meanwhile."""
    lease = lease_of(engine, settings)
    try:
        lease.take(engine)
    except LeaseTaken as taken:
        raise Conflict("a server is running: stop it first") from taken
    try:
        root = settings.data_dir / "journal"
        if any(has_writer(each, name) for each in root.iterdir() if each.is_dir() for name in journal_names(each)):
            raise Conflict("a server is running in this data folder: stop it first")
        yield
    finally:
        lease.release(engine)


def _replace_database(engine: Engine, settings: Settings, folder: Path) -> Path | None:
    """Where the database before it lies now, if it is a file. The lease in the copy is nobody's any more."""
    kept_as = None
    engine.dispose()  # the next connection opens what is there then
    if is_sqlite(settings.database_url):
        kept_as = _replace_file(folder / DATABASE, Path(make_url(settings.database_url).database or ""))
    else:
        _replace_tables(folder / DUMP, settings)
    migrate(settings.database_url)
    with writing(engine) as connection:
        connection.execute(update(projector_lease).values(holder="", expires_at=None))
    return kept_as


def _replace_tables(dump: Path, settings: Settings) -> None:
    """All or nothing, in one transaction. pg_restore's own --clean fails on partitions (their constraints are inherited)."""
    script = settings.data_dir / ".restoring.sql"
    tables = ", ".join([*metadata.tables, "alembic_version"])
    try:
        run_postgres_program("pg_restore", "--no-owner", f"--file={script}", str(dump))
        drop = f"--command=DROP TABLE IF EXISTS {tables} CASCADE"
        options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        run_postgres_program("psql", *options, drop, f"--file={script}", url=settings.database_url)
    finally:
        script.unlink(missing_ok=True)


def _replace_file(source: Path, target: Path) -> Path:
    draft = target.with_name(f".{target.name}.restoring")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    sync(draft)
    kept_as = target.with_name(f"{target.name}.replaced-{now():%Y%m%dT%H%M%S}")
    for ending in ("", "-wal", "-shm"):
        old = target.with_name(target.name + ending)
        if old.exists():
            old.rename(kept_as.with_name(kept_as.name + ending))
    draft.rename(target)
    sync(target.parent)
    return kept_as


def _add_journals(source: Path, target: Path) -> None:
    """The backup's segments, but for those that are here: these hold the same and more."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for copied in sorted(source.glob("*/*.db")):
        place = target / copied.parent.name / copied.name
        if not place.exists():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(copied, place)
            sync(place)
            sync(place.parent)


def _add_secret_key(settings: Settings, folder: Path) -> None:
    """The backup's secrets first, then those that are here: links signed with any of them go on working."""
    copied, kept = folder / SECRET_KEY, settings.data_dir / SECRET_KEY
    if settings.secret_key or not copied.exists():
        return
    lines: dict[str, Any] = dict.fromkeys(copied.read_text().split() + (kept.read_text().split() if kept.exists() else []))
    draft = kept.with_name(f".{SECRET_KEY}.restoring")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(lines) + "\n")
    sync(draft)
    draft.rename(kept)
