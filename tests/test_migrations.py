"""The models and the migrations agree, on both databases, and a database that isn't ours is left alone."""

import hashlib
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from little_bell.config import ROOT
from little_bell.db import make_engine
from little_bell.migrations import ForeignDatabase, NewerDatabase, is_of_a_model, migrate, revisions
from little_bell.models import metadata
from little_bell.projector.partitions import partitions


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "include_name": is_of_a_model, "render_as_batch": connection.dialect.name == "sqlite"}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        assert _differences(connection) == []


def test_their_files_name_every_revision_and_the_newest_last() -> None:
    script = ScriptDirectory.from_config(Config(ROOT / "alembic" / "alembic.ini"))
    assert set(revisions()) == {revision.revision for revision in script.walk_revisions()}
    assert revisions()[-1] == script.get_current_head()


def test_downgrading_to_base_leaves_no_table(database: str) -> None:
    config = Config(ROOT / "alembic" / "alembic.ini")
    config.attributes["url"] = database
    command.downgrade(config, "base")
    engine = make_engine(database)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def test_migrating_twice_changes_nothing(database: str) -> None:
    migrate(database)
    migrate(database)


def test_events_are_partitioned_on_postgres(postgres_database: str) -> None:
    engine = make_engine(postgres_database)
    with engine.connect() as connection:
        assert inspect(connection).get_pk_constraint("message_events")["constrained_columns"] == ["id", "received_at"]
        partitions = connection.execute(
            text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'message_events'::regclass")
        )
        assert sorted(partitions.scalars()) == ["message_events_before", "message_events_default"]
        assert connection.scalar(text("SELECT reloptions FROM pg_class WHERE relname = 'messages'")) == ["fillfactor=80"]
    engine.dispose()


def test_events_that_were_there_before_partitions_stay_where_they_are_and_new_ones_go_beside_them(empty_postgres_database: str) -> None:
    config = Config(ROOT / "alembic" / "alembic.ini")
    config.attributes["url"] = empty_postgres_database
    command.upgrade(config, "0012")
    engine = make_engine(empty_postgres_database)
    in_2040 = 2_208_988_800_000_000
    with engine.begin() as connection:
        for event_id, received_at in ((1, 0), (2, in_2040)):
            columns = "tenant_id, campaign_id, message_id, type, occurred_at, source, verdict, is_counted, reasons, rules, visitor"
            values = "1, 1, 1, 'opened', 0, 'pixel', 'human', true, '', 0, 0"
            connection.execute(
                text(f"INSERT INTO message_events (id, received_at, {columns}) VALUES ({event_id}, {received_at}, {values})")
            )
    migrate(empty_postgres_database)
    with engine.connect() as connection:
        [before] = partitions(connection)
        assert before.name == "message_events_before" and in_2040 < before.end <= in_2040 + 7 * 86_400_000_000
        assert connection.execute(text("SELECT id, tableoid::regclass::text FROM message_events ORDER BY id")).all() == [
            (1, "message_events_before"),
            (2, "message_events_before"),
        ]
        assert _differences(connection) == []
    engine.dispose()


def test_ids_are_never_reused_on_sqlite(sqlite_database: str) -> None:
    engine = make_engine(sqlite_database)
    with engine.connect() as connection:
        made = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
        assert {"tenants", "users", "campaigns", "messages", "links"} <= set(connection.execute(text(made)).scalars())
    engine.dispose()


@pytest.mark.parametrize("statement", ["CREATE TABLE messages (id INTEGER)", "CREATE TABLE alembic_version (version_num TEXT)"])
def test_a_sqlite_file_with_other_tables_is_refused_and_not_a_byte_of_it_changed(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "tracking.db"
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    with pytest.raises(ForeignDatabase, match=f"little-bell db import-seed {path}"):
        migrate(f"sqlite:///{path}")

    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [found.name for found in tmp_path.iterdir()] == ["tracking.db"]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tracking.db"
    path.write_text("not a database, but quite long enough to be read as one" * 50)
    with pytest.raises(ForeignDatabase, match="not a SQLite database"):
        migrate(f"sqlite:///{path}")


def test_a_postgres_database_with_other_tables_is_refused(empty_postgres_database: str) -> None:
    engine = make_engine(empty_postgres_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE messages (id INTEGER)"))
    with pytest.raises(ForeignDatabase):
        migrate(empty_postgres_database)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["messages"]
    engine.dispose()


def test_an_empty_postgres_database_is_migrated(empty_postgres_database: str) -> None:
    migrate(empty_postgres_database)
    engine = make_engine(empty_postgres_database)
    with engine.connect() as connection:
        assert _differences(connection) == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone_and_says_what_to_do(database: str) -> None:
    engine = make_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="shape 9999 of a newer Little Bell"):
        migrate(database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
    engine.dispose()
