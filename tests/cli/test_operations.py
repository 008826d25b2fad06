"""What operators run: verify, prune, dead records, doctor, exports."""

import csv
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, insert, select, update

from little_bell.db import make_engine, reading, writing
from little_bell.doctor import findings
from little_bell.instance import journals_of
from little_bell.journal.records import Mark, encode_one
from little_bell.models import now, to_micros
from little_bell.models.tables import campaign_stats, dead_records, journal_positions, message_events, message_quarters, webhook_receipts
from little_bell.projector.projector import lease_of
from tests.cli.conftest import CommandLine
from tests.fixtures.app import RunningApp, free_port


@pytest.fixture
def mail(bell: CommandLine) -> CommandLine:
    """A campaign of two messages; the first was opened and clicked."""
    bell("campaign", "create", "--name", "Newsletter")
    for name in ("a", "b"):
        bell("message", "create", "--campaign-id", "1", "--email", f"{name}@example.com")
    bell("message", "mark-opened", "1")
    bell("message", "mark-clicked", "1", "--link", "https://example.com/a")
    return bell


@pytest.fixture
def folding(mail: CommandLine, engine: Engine) -> Iterator[None]:
    """Somebody else holds the right to fold, as a server does."""
    lease = lease_of(engine, mail.settings)
    lease.take(engine)
    yield
    lease.release(engine)


def test_what_is_right_is_verified(mail: CommandLine) -> None:
    answer = mail("db", "verify")
    assert (answer.code, answer.out.count("ok  "), answer.err) == (0, 5, "")
    assert all(check["problems"] == [] for check in mail("db", "verify", "--json").json)


@pytest.mark.usefixtures("folding")
def test_verifying_needs_no_lease(mail: CommandLine) -> None:
    assert mail("db", "verify").code == 0


def test_wrong_counters_are_named(mail: CommandLine, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(campaign_stats).values(opens=17))
        connection.execute(update(message_quarters).values(created=9))
    answer = mail("db", "verify")
    assert answer.code == 1
    assert "opens is 17, not 1" in answer.out and "campaign 1: 9 messages are counted, 2 are there" in answer.out
    with reading(engine) as connection:
        assert connection.execute(select(campaign_stats.c.opens)).scalar_one() == 17  # nothing was changed


def test_a_position_beyond_its_journal_is_named(mail: CommandLine, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(journal_positions).values(offset=99))
    answer = mail("db", "verify")
    assert answer.code == 1 and "FAIL  journals" in answer.out and ":99" in answer.out


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_damaged_file_is_named(mail: CommandLine, engine: Engine) -> None:
    engine.dispose()
    with make_engine(mail.settings.database_url).connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("INSERT INTO links (tenant_id, campaign_id, url, url_hash, created_at) VALUES (1, 77, 'x', 'x', 0)")
        connection.commit()
    answer = mail("db", "verify", "--json")
    assert answer.code == 1 and "refers to a campaigns" in answer.out


def test_old_events_go_and_every_counter_stays(mail: CommandLine, engine: Engine) -> None:
    before = mail("campaign", "show", "1", "--json").json["metrics"]
    with writing(engine) as connection:
        connection.execute(
            update(message_events).where(message_events.c.type == "opened").values(occurred_at=to_micros(now()) - 40 * 86_400_000_000)
        )
    assert mail("stats", "rebuild").code == 0
    before = mail("campaign", "show", "1", "--json").json["metrics"]
    assert mail("db", "prune", "--days", "30", "--yes", "--json").json["is_done"] is True
    with reading(engine) as connection:
        assert connection.execute(select(message_events.c.type)).scalars().all() == ["clicked"]
    assert mail("campaign", "show", "1", "--json").json["metrics"] == before
    assert mail("db", "verify").code == 0


def test_a_prune_says_up_to_when_and_asks(mail: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--days" in mail("db", "prune", "--yes").err
    assert mail("db", "prune", "--before", "not a time", "--yes").code == 1
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert "nothing was pruned" in mail("db", "prune", "--days", "30").err
    assert "2020-01-31" in mail("db", "prune", "--before", "2020-01-31", "--yes").out


def kill(engine: Engine, record: bytes) -> int:
    """A dead record, as the projector sets one aside; its id."""
    row = {"journal": "j", "segment": 1, "offset": 2, "reason": "ValueError: broken", "record": record, "died_at": now()}
    with writing(engine) as connection:
        return int(connection.execute(insert(dead_records).values(**row).returning(dead_records.c.id)).scalar_one())


def test_a_dead_record_is_shown_replayed_and_counted_once(mail: CommandLine, engine: Engine) -> None:
    dead_id = kill(engine, encode_one(Mark(1, 2, "opened", to_micros(now()), "api")))
    assert "ValueError: broken" in mail("db", "dead", "list").out
    shown = mail("db", "dead", "show", str(dead_id), "--json").json
    assert (shown["kind"], shown["record"]["message_id"], shown["reason"]) == ("Mark", 2, "ValueError: broken")
    assert mail("db", "dead", "replay", str(dead_id)).out == "1 folded, 0 dead again, 0 can't be read by this version\n"
    assert mail("db", "dead", "list", "--json").json == []
    assert mail("message", "show", "2", "--json").json["opens"] == 1
    assert mail("db", "dead", "replay", str(dead_id)).code == 1
    assert mail("db", "verify").code == 0


def test_what_cant_be_read_or_breaks_again_stays_dead(mail: CommandLine, engine: Engine) -> None:
    kill(engine, b"\xc1 nonsense")
    kill(engine, encode_one(Mark(1, 2, "bounced", to_micros(now()), "api", bounce={"nonsense": "x"})))
    answer = mail("db", "dead", "replay", "--all", "--json")
    assert (answer.code, answer.out.split()) == (1, ["{", '"folded":', "0,", '"dead_again":', "1,", '"unreadable":', "1", "}"])
    reasons = [row["reason"] for row in mail("db", "dead", "list", "--json").json]
    assert len(reasons) == 2 and "ValueError: broken" in reasons
    assert mail("db", "dead", "show", "99").code == 1
    assert mail("db", "dead", "replay").code == 1


@pytest.mark.usefixtures("folding")
def test_nothing_is_replayed_beside_a_server(mail: CommandLine, engine: Engine) -> None:
    dead_id = kill(engine, encode_one(Mark(1, 2, "opened", to_micros(now()), "api")))
    answer = mail("db", "dead", "replay", str(dead_id))
    assert answer.code == 1 and "stop it first" in answer.err
    assert len(mail("db", "dead", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("name", "begins"), [("e.csv", b"id,message_id"), ("e.jsonl", b'{"id":'), ("e.xlsx", b"PK"), ("e.parquet", b"PAR1")]
)
def test_a_files_name_tells_its_format(mail: CommandLine, tmp_path: Path, name: str, begins: bytes) -> None:
    answer = mail("campaign", "export", "1", "--output", str(tmp_path / name), "--what", "events")
    assert answer.out == f"Campaign 1 exported to {tmp_path / name}\n"
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_format_that_is_named_wins(mail: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "data.txt"
    mail("campaign", "export", "1", "--output", str(file), "--format", "csv", "--what", "links")
    assert [row["url"] for row in csv.DictReader(file.read_text().splitlines())] == ["https://example.com/a"]
    assert mail("campaign", "export", "1", "--output", str(file), "--format", "pdf").code == 2


def levels(bell: CommandLine) -> dict[str, str]:
    return {one.name: str(one.level) for one in findings(bell.settings)}


def test_the_doctor_changes_nothing_where_there_is_nothing(fresh_bell: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITTLE_BELL_PORT", str(free_port()))
    answer = fresh_bell("doctor")
    assert answer.code in (0, 1) and "→ little-bell serve" in answer.out  # 1 where the web app isn't built
    assert not fresh_bell.data_dir.exists()


def test_the_doctor_finds_a_used_database_in_order(mail: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITTLE_BELL_PORT", str(free_port()))
    found = levels(mail)
    assert {name: found[name] for name in ("database", "migrations", "projector", "dead records", "data folder")} == dict.fromkeys(
        ("database", "migrations", "projector", "dead records", "data folder"), "ok"
    )
    assert (found["webhooks"], found["operator"], found["port"], found["base URL"]) == ("warn",) * 4


def test_the_doctor_names_what_is_wrong_with_the_mend(mail: CommandLine, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    kill(engine, b"x")
    receipt = {"tenant_id": 1, "provider": "sendgrid", "external_id": "1", "headers": {}, "body": b"x"}
    with writing(engine) as connection:
        connection.execute(insert(webhook_receipts).values(**receipt, received_at=now() - timedelta(hours=1)))
        connection.execute(update(journal_positions).values(offset=0))
    (mail.settings.data_dir / "secret.key").chmod(0o644)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        Thread(target=lambda: [other.accept()[0].close() for _ in range(2)], daemon=True).start()
        monkeypatch.setenv("LITTLE_BELL_PORT", str(other.getsockname()[1]))
        found = levels(mail)
        answer = mail("doctor", "--json")
    assert (found["projector"], found["dead records"], found["webhooks"], found["secret key"]) == ("fail", "warn", "warn", "warn")
    assert answer.code == 1
    assert "db dead replay" in answer.out and "--role projector" in answer.out and "chmod 600" in answer.out


@pytest.mark.parametrize(
    ("settings", "name", "level"),
    [
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}, "database", "fail"),
        ({"DATABASE_URL": "/proc/nowhere/bell.db"}, "database", "warn"),
        ({"SECRET_KEY": "short"}, "secret key", "fail"),
        ({"JOURNAL_MIN_FREE_PERCENT": "100"}, "disk", "fail"),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "Redis", "fail"),
    ],
)
def test_the_doctor_survives_what_it_looks_at(
    fresh_bell: CommandLine, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], name: str, level: str
) -> None:
    for setting, value in {"PORT": str(free_port()), **settings}.items():
        monkeypatch.setenv(f"LITTLE_BELL_{setting}", value)
    assert levels(fresh_bell)[name] == level


def test_the_doctor_reaches_a_server_that_runs_and_knows_a_foreign_one(
    app_server: RunningApp, fresh_bell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITTLE_BELL_PORT", app_server.url.rpartition(":")[2])
    monkeypatch.setenv("LITTLE_BELL_SECRET_KEY", "a key that isn't the server's")
    assert levels(fresh_bell)["base URL"] == "fail"
    monkeypatch.delenv("LITTLE_BELL_SECRET_KEY")
    monkeypatch.setenv("LITTLE_BELL_DATA_DIR", str(app_server.data_dir))
    found = levels(fresh_bell)
    assert (found["port"], found["base URL"], found["projector"]) == ("ok", "warn", "ok")  # localhost: good, but not for readers
    assert journals_of(make_engine(fresh_bell.settings.database_url), app_server.data_dir).exists()


def test_the_doctor_works_here_alone(fresh_bell: CommandLine) -> None:
    answer = fresh_bell("doctor", "--url", "http://localhost", "--key", "lb_x")
    assert answer.code == 1 and "not over HTTP" in answer.err
