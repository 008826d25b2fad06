"""Lists, reports and pages read a real streaming replica; whoever writes finds what they wrote, and nobody notices when it dies."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from little_bell import replica as module
from little_bell.config import Settings
from little_bell.db import make_engine, writing
from little_bell.migrations import migrate
from little_bell.replica import Replica
from tests.fixtures.app import serving
from tests.fixtures.postgres import QUICK, Standby, postgres_server, standby_of


@pytest.fixture(scope="module")
def primary_url() -> Iterator[str]:
    with postgres_server([*QUICK, "synchronous_commit=on"]) as url:
        migrate(url)
        yield url


@pytest.fixture(scope="module")
def running_standby(primary_url: str) -> Iterator[Standby]:
    with standby_of(primary_url) as standby:
        yield standby


@pytest.fixture
def standby(running_standby: Standby) -> Iterator[Standby]:
    """Up, and not behind, at the test's end as at its beginning."""
    yield running_standby
    running_standby.stop()
    running_standby.start()
    running_standby.lag(False)


@pytest.fixture
def engine(primary_url: str) -> Iterator[Engine]:
    engine = make_engine(primary_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS notes (number integer)"))
    yield engine
    engine.dispose()


@pytest.fixture
def replica(engine: Engine, standby: Standby) -> Iterator[Replica]:
    replica = Replica(engine, standby.url)
    yield replica
    replica.close()


def is_a_replica(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one())


def newest(connection: Connection) -> tuple[int, bool]:
    """The newest note, and whether a replica told of it."""
    return connection.execute(text("SELECT max(number) FROM notes")).scalar_one(), is_a_replica(connection)


def write(engine: Engine, replica: Replica, number: int) -> None:
    with writing(engine) as connection:
        connection.execute(text("INSERT INTO notes VALUES (:number)"), {"number": number})
    replica.wrote()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_replica_is_read_and_holds_whatever_was_written_here_before(
    engine: Engine, replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 10)
    for number in range(100, 150):
        write(engine, replica, number)
        assert replica.ask(newest) == (number, True)
    assert not replica.fallbacks


def test_a_replica_that_is_behind_is_waited_for_a_moment_and_then_the_primary_is_asked(
    engine: Engine, replica: Replica, standby: Standby
) -> None:
    write(engine, replica, 200)
    eventually(lambda: replica.ask(newest) == (200, True))
    fallbacks = replica.fallbacks["behind"]
    standby.lag(True)
    assert replica.ask(newest) == (200, True)  # nothing was written: it has all there is
    write(engine, replica, 201)
    assert replica.ask(newest) == (201, False)
    assert replica.fallbacks["behind"] == fallbacks + 1 and not replica.is_away
    standby.lag(False)
    eventually(lambda: replica.ask(newest) == (201, True))


def test_a_replica_that_is_away_costs_nobody_an_answer_and_is_read_again_when_it_is_back(
    engine: Engine, replica: Replica, standby: Standby, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(engine, replica, 300)
    eventually(lambda: replica.ask(newest) == (300, True))
    standby.stop()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert replica.ask(newest) == (300, False)
    assert replica.is_away and replica.fallbacks["away"] == 3
    assert [record.message for record in caplog.records if "replica can't be read" in record.message] != []
    assert len(caplog.records) == 1
    standby.start()
    assert replica.ask(newest) == (300, False)  # it isn't asked again at once
    monkeypatch.setattr(replica, "_away_until", 0.0)
    eventually(lambda: replica.ask(newest) == (300, True))


def test_a_query_in_whose_middle_the_replica_dies_is_answered_by_the_primary(engine: Engine, replica: Replica, standby: Standby) -> None:
    write(engine, replica, 400)
    eventually(lambda: replica.ask(newest) == (400, True))
    asked = []

    def and_dies(connection: Connection) -> tuple[int, bool]:
        asked.append(is_a_replica(connection))
        if len(asked) == 1:
            standby.stop()
        return newest(connection)

    assert replica.ask(and_dies) == (400, False) and asked == [True, False]


def test_only_postgres_has_replicas() -> None:
    with pytest.raises(ValueError, match="only PostgreSQL has replicas"):
        Settings(database_read="sqlite:///other.db")
    assert Settings(database_read="postgres://bell@standby/bell").database_read_url == "postgresql+psycopg://bell@standby/bell"


def test_an_installation_reads_its_own_writes_with_its_replica_up_behind_and_dead(
    primary_url: str, standby: Standby, tmp_path: Path
) -> None:
    urls = {"LITTLE_BELL_DATABASE_URL": primary_url, "LITTLE_BELL_DATABASE_READ_URL": standby.url}
    with serving(tmp_path / "data", urls) as app, app.client() as api:

        def lists_what_it_wrote(name: str) -> None:
            campaign = api.post("/api/campaigns", json={"name": name}).raise_for_status().json()
            assert api.get("/api/campaigns").json()[0]["id"] == campaign["id"]
            message = api.post("/api/messages", json={"campaign_id": campaign["id"], "recipient_email": "a@example.com"}).json()
            marked = api.post(f"/api/messages/{message['id']}/sent").raise_for_status()
            after = {"X-Read-After": marked.headers["x-journal-position"]}
            answer = api.get(f"/api/campaigns/{campaign['id']}/messages", headers=after)
            assert "x-stale" not in answer.headers and [row["status"] for row in answer.json()] == ["sent"]

        def metrics() -> dict[str, float]:
            lines = [line for line in api.get("/metrics").text.splitlines() if line.startswith("little_bell_replica")]
            return {name: float(value) for name, _, value in (line.partition(" ") for line in lines)}

        lists_what_it_wrote("up")
        assert metrics()["little_bell_replica_up"] == 1
        standby.lag(True)
        lists_what_it_wrote("behind")
        assert metrics()['little_bell_replica_fallbacks_total{reason="behind"}'] >= 2
        standby.stop()
        lists_what_it_wrote("dead")
        assert metrics()["little_bell_replica_up"] == 0
        assert metrics()['little_bell_replica_fallbacks_total{reason="away"}'] >= 2
        assert "the replica can't be read, the primary is asked instead" in app.log.read_text()
