"""Backup beside a running server, restore on the same machine and on another."""

import os
import shutil
import time
from pathlib import Path

import pytest

from little_bell.db import make_engine
from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.journal.records import Hit
from tests.cli.conftest import CommandLine
from tests.fixtures.postgres import postgres_programs


@pytest.fixture
def mail(bell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """One campaign with one message, both of id 1, on either database; pg_dump is on the PATH."""
    monkeypatch.setenv("PATH", f"{postgres_programs()}{os.pathsep}{os.environ['PATH']}")
    bell("campaign", "create", "--name", "Newsletter")
    bell("message", "create", "--campaign-id", "1", "--email", "user@example.com", "--token", "token-of-mail-1")
    return bell


def opens(bell: CommandLine) -> int:
    return int(bell("message", "show", "1", "--json").json["opens"])


def journal_an_open(bell: CommandLine, minute: int) -> None:
    """As a server does that is killed before its projector folds."""
    engine = make_engine(bell.settings.database_url)
    journal = LocalJournal(journals_of(engine, bell.settings.data_dir))
    journal.append([Hit("opened", "token-of-mail-1", time.time_ns() // 1000 + minute * 60_000_000, is_signed=True)])
    journal.close()
    engine.dispose()


def test_a_backup_is_for_its_owner_alone(mail: CommandLine, tmp_path: Path) -> None:
    assert mail("db", "backup", str(tmp_path / "copy")).code == 0
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    files = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {"backup.json", "secret.key"} < {path.name for path in files}


def test_a_folder_with_something_in_it_is_refused(mail: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "letter.txt").touch()
    assert mail("db", "backup", str(tmp_path / "copy")).code == 1
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["letter.txt"]


def test_events_that_were_answered_after_the_backup_are_there_again(mail: CommandLine, tmp_path: Path) -> None:
    journal_an_open(mail, minute=-9)
    mail("db", "backup", str(tmp_path / "copy"))
    journal_an_open(mail, minute=-6)
    mail("message", "mark-opened", "1")
    assert opens(mail) == 3
    restored = mail("db", "restore", str(tmp_path / "copy"), "--json")
    assert restored.err == ""
    assert restored.json["replayed_records"] == 3
    assert opens(mail) == 3
    assert mail("stats", "rebuild", "--check").code == 0


def test_a_backup_holds_what_was_journaled_and_not_counted_yet(mail: CommandLine, tmp_path: Path) -> None:
    mail("message", "mark-opened", "1")
    journal_an_open(mail, minute=-9)
    made = mail("db", "backup", str(tmp_path / "copy"), "--json")
    assert made.json["journaled_records"] == 1
    shutil.rmtree(mail.data_dir / "journal")
    mail("db", "restore", str(tmp_path / "copy"))
    assert opens(mail) == 2


def test_a_backup_comes_back_on_another_machine(fresh_bell: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_bell("campaign", "create", "--name", "Newsletter")
    fresh_bell("message", "create", "--campaign-id", "1", "--email", "user@example.com", "--token", "token-of-mail-1")
    journal_an_open(fresh_bell, minute=-9)
    fresh_bell("db", "backup", str(tmp_path / "copy"))
    secret = (fresh_bell.data_dir / "secret.key").read_text()
    monkeypatch.setenv("LITTLE_BELL_DATA_DIR", str(tmp_path / "elsewhere"))
    answer = fresh_bell("db", "restore", str(tmp_path / "copy"), "--json")
    assert (answer.json["replayed_records"], answer.json["kept_as"]) == (1, None)
    assert opens(fresh_bell) == 1
    assert (tmp_path / "elsewhere" / "secret.key").read_text() == secret
    assert (tmp_path / "elsewhere" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_links_signed_with_either_key_go_on_working(fresh_bell: CommandLine, tmp_path: Path) -> None:
    fresh_bell("message", "create", "--campaign-id", "1", "--email", "user@example.com")
    secret = fresh_bell.data_dir / "secret.key"
    secret.write_text("an older secret of this machine\n".replace(" ", "-"))
    fresh_bell("db", "backup", str(tmp_path / "copy"))
    secret.write_text("another-secret-since-then\n")
    fresh_bell("db", "restore", str(tmp_path / "copy"))
    assert secret.read_text().split() == ["an-older-secret-of-this-machine", "another-secret-since-then"]


def test_nothing_is_restored_beside_a_server(mail: CommandLine, tmp_path: Path) -> None:
    mail("db", "backup", str(tmp_path / "copy"))
    mail("message", "mark-opened", "1")
    engine = make_engine(mail.settings.database_url)
    server = LocalJournal(journals_of(engine, mail.settings.data_dir))
    engine.dispose()
    answer = mail("db", "restore", str(tmp_path / "copy"))
    server.close()
    assert answer.code == 1
    assert "stop it first" in answer.err
    assert opens(mail) == 1


def test_a_folder_that_is_no_backup_changes_nothing(mail: CommandLine, tmp_path: Path) -> None:
    answer = mail("db", "restore", str(tmp_path))
    assert answer.code == 1
    assert "is no backup" in answer.err
    assert mail("campaign", "list", "--json").json[0]["name"] == "Newsletter"


def test_a_backup_of_the_other_kind_of_database_is_refused(mail: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail("db", "backup", str(tmp_path / "copy"))
    manifest = tmp_path / "copy" / "backup.json"
    kinds = ["sqlite", "postgresql"]
    here = next(kind for kind in kinds if kind in manifest.read_text())
    manifest.write_text(manifest.read_text().replace(here, next(kind for kind in kinds if kind != here)))
    assert "another kind" in mail("db", "restore", str(tmp_path / "copy")).err


def test_without_pg_dump_it_says_what_to_install(bell: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    if not database.startswith("postgresql"):
        return
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = bell("db", "backup", str(tmp_path / "copy"))
    assert answer.code == 1
    assert "pg_dump isn't on the PATH" in answer.err
