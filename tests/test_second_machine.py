"""A second machine with a journal of its own, on a database for which another one counts, is refused: its events would be lost to sight."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from little_bell.config import ROOT
from little_bell.db import make_engine
from little_bell.instance import journals_of
from little_bell.projector.lease import Lease, is_held_elsewhere
from tests.fixtures.app import bare_environment, free_port


def test_a_second_machine_without_a_shared_journal_is_told_what_it_needs(postgres_database: str, tmp_path: Path) -> None:
    engine: Engine = make_engine(postgres_database)
    first = Lease(journals_of(engine, tmp_path / "first"))
    first.take(engine)
    own = {"LITTLE_BELL_DATABASE_URL": postgres_database, "LITTLE_BELL_DATA_DIR": str(tmp_path / "second"), "PYTHONPATH": str(ROOT)}
    environment = bare_environment() | own | {"LITTLE_BELL_PORT": str(free_port())}
    command = [sys.executable, "-m", "little_bell", "serve", "--role", "ingest"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "LITTLE_BELL_JOURNAL_URL" in done.stderr, done.stdout + done.stderr
    assert not is_held_elsewhere(engine, journals_of(engine, tmp_path / "first"))
    first.release(engine)
    assert not is_held_elsewhere(engine, journals_of(engine, tmp_path / "second"))
    engine.dispose()
