"""A Database as a program opens it, on each kind of database, in a folder of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from little_bell import Database
from little_bell.config import load_settings
from little_bell.db import make_engine
from little_bell.projector.projector import Projector


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without anything, and an environment without settings but the data folder's."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("TENANT", "SECRET_KEY", "BASE_URL", "DATABASE_URL"):
        monkeypatch.delenv(f"LITTLE_BELL_{name}", raising=False)
    monkeypatch.setenv("LITTLE_BELL_DATA_DIR", str(folder / "data"))
    return folder


@pytest.fixture
def configured(environment: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the database that the settings name."""
    monkeypatch.setenv("LITTLE_BELL_DATABASE_URL", database)
    return database


@pytest.fixture
def db(configured: str) -> Iterator[Database]:
    with Database() as opened:
        yield opened


@contextmanager
def a_projector() -> Iterator[None]:
    """The projector of a server that runs on the configured database."""
    settings = load_settings()
    engine = make_engine(settings.database_url, pool_size=2)
    projector = Projector(engine, settings)
    thread = threading.Thread(target=projector.run)
    thread.start()
    try:
        yield
    finally:
        projector.stop()
        thread.join(20)
        engine.dispose()


@pytest.fixture
def running_projector(configured: str) -> Iterator[None]:
    with a_projector():
        yield
