"""The command line as it is run: in this process, on a data folder of its own, with either kind of database."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from little_bell import Client
from little_bell.api.app import make_api
from little_bell.api.context import Context
from little_bell.cli import installation
from little_bell.cli.app import main
from little_bell.config import Settings, load_settings
from little_bell.domain.events import Scope
from little_bell.domain.links import Addresses
from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.secret_key import key_ring
from tests.client.conftest import URL, InProcess


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """`little-bell …`; called with the words behind it."""

    data_dir: Path
    read: Callable[[], Any]
    patch: pytest.MonkeyPatch

    def __call__(self, *words: str) -> Answer:
        self.patch.setattr(sys, "argv", ["little-bell", *words])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        printed = self.read()
        return Answer(code, printed.out, printed.err)

    @property
    def settings(self) -> Settings:
        return load_settings()


def _command_line(data_dir: Path, url: str, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> CommandLine:
    patch.chdir(data_dir.parent)  # no .env of whoever runs the tests
    for name in ("TENANT", "SECRET_KEY", "BASE_URL"):
        patch.delenv(f"LITTLE_BELL_{name}", raising=False)
    patch.setenv("LITTLE_BELL_DATA_DIR", str(data_dir))
    patch.setenv("LITTLE_BELL_DATABASE_URL", url)
    return CommandLine(data_dir, capsys.readouterr, patch)


@pytest.fixture
def bell(tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    """The command line on each kind of database."""
    yield _command_line(tmp_path / "data", database, capsys, monkeypatch)
    logging.getLogger().handlers.clear()


@pytest.fixture
def fresh_bell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command line where there is nothing yet: no data folder, no database."""
    return _command_line(tmp_path / "data", "", capsys, monkeypatch)


@pytest.fixture
def over_http(bell: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """The same command line with the address of a server on the same database."""
    scopes = [word for scope in Scope for word in ("--scope", scope)]
    key = bell("key", "create", "--name", "test", *scopes, "--json").json["key"]
    settings = bell.settings
    ring = key_ring(settings)
    journal = LocalJournal(journals_of(engine, settings.data_dir))
    app = make_api(Context(engine, journal, ring, Addresses(settings.base_url, ring), settings))
    monkeypatch.setattr(installation, "Client", partial(Client, transport=InProcess(app)))
    yield lambda *words: bell(*words, "--url", URL, "--key", key)
    journal.close()
