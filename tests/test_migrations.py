"""The models and the migrations agree, on both databases, and a database that isn't ours is left alone."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, inspect, text

from little_bell.actions.kept_sets import drop_set
from little_bell.config import ROOT
from little_bell.db import make_engine
from little_bell.domain.events import QUARTER
from little_bell.domain.sums import LINK_COUNTS
from little_bell.migrations import ForeignDatabase, NewerDatabase, is_of_a_model, migrate, revisions
from little_bell.models import KEPT, metadata
from little_bell.models.tables import recipients, tenants
from little_bell.projector.partitions import partitions
from little_bell.queries.kept import list_sets

#: More than the migration writes together.
MANY_QUARTERS = 2_100


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


def test_sets_that_an_older_version_kept_hold_the_same_numbers_row_by_row(database_before: tuple[str, Engine]) -> None:
    database, engine = database_before
    counts = {"created": 9, "sent": 8, "opened": 5, "human_opened": 3}  # nothing was said of what was zero
    with engine.begin() as connection:
        for set_id, name in ((1, "before-mpp"), (2, "as-of-march")):
            connection.execute(text(f"INSERT INTO kept_sets (id, name, rules, made_at) VALUES ({set_id}, '{name}', {set_id}, 5)"))
        for set_id, tenant_id, campaign_id, links in ((1, 1, 7, {"11": [4, 3, 2, 1], "12": [1, 0, 1, 0]}), (1, 2, 8, {}), (2, 1, 7, {})):
            connection.execute(
                text("INSERT INTO kept_campaigns (set_id, tenant_id, campaign_id, counts, links) VALUES (:s, :t, :c, :counts, :links)"),
                {"s": set_id, "t": tenant_id, "c": campaign_id, "counts": json.dumps(counts), "links": json.dumps(links)},
            )
        for quarter in range(MANY_QUARTERS):
            told = json.dumps({"moved": 2, "sent": quarter, "created": 3, "suppressed": 1} if quarter else {"created": 1})
            connection.execute(
                text("INSERT INTO kept_cohorts (set_id, tenant_id, campaign_id, quarter, counts) VALUES (1, 1, 7, :quarter, :counts)"),
                {"quarter": quarter * QUARTER, "counts": told},
            )
    migrate(database)
    with engine.connect() as connection:
        sets = connection.execute(text("SELECT id, tenant_id, name, rules, made_at, made_by, is_whole FROM kept_sets ORDER BY id")).all()
        assert [tuple(row) for row in sets] == [(1, 0, "before-mpp", 1, 5, "", False), (2, 0, "as-of-march", 2, 5, "", False)]
        kept = "SELECT set_id, tenant_id, campaign_id, sent, opened, human_opened, clicked FROM kept_campaign_stats ORDER BY 1, 2"
        numbers = (8, 5, 3, 0)
        assert [tuple(row) for row in connection.execute(text(kept))] == [(1, 1, 7, *numbers), (1, 2, 8, *numbers), (2, 1, 7, *numbers)]
        columns = ", ".join(("tenant_id, set_id, campaign_id, link_id", *LINK_COUNTS))
        links = connection.execute(text(f"SELECT {columns} FROM kept_link_stats ORDER BY link_id")).all()
        assert [tuple(row) for row in links] == [(1, 1, 7, 11, 4, 3, 2, 1), (1, 1, 7, 12, 1, 0, 1, 0)]
        cohorts = connection.execute(text("SELECT quarter, moved, sent, delivered FROM kept_cohort_quarters ORDER BY quarter")).all()
        assert [tuple(row) for row in cohorts] == [(n * QUARTER, 2 if n else 0, n, 0) for n in range(MANY_QUARTERS)]
        created = connection.execute(text("SELECT SUM(created), SUM(suppressed), COUNT(*) FROM kept_message_quarters")).one()
        assert tuple(created) == (1 + 3 * (MANY_QUARTERS - 1), MANY_QUARTERS - 1, MANY_QUARTERS)
        assert not {"kept_campaigns", "kept_cohorts"} & set(inspect(connection).get_table_names())
        assert [row.name for row in list_sets(connection)] == ["as-of-march", "before-mpp"]
        assert _differences(connection) == []
    with engine.begin() as connection:
        for tenant_id in (1, 2):
            connection.execute(insert(tenants).values(id=tenant_id, name="x", slug=f"x{tenant_id}", allowed_hosts=[], created_at=5))
        drop_set(connection, "before-mpp")
        left = [connection.execute(text(f"SELECT COUNT(*) FROM {table.name} WHERE set_id = 1")).scalar() for table in KEPT.values()]
        assert sum(left) == 0
        # A set that is made now is whole, and a tenant's may have the name of an old one.
        made = "INSERT INTO kept_sets (tenant_id, name, rules, made_at) VALUES (1, 'as-of-march', 2, 6) RETURNING is_whole"
        assert connection.execute(text(made)).scalar_one()


@pytest.fixture(params=["sqlite", "postgres"])
def database_before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Engine]]:
    """A database of the version that kept sets as JSON."""
    url = f"sqlite:///{tmp_path / 'old.db'}" if request.param == "sqlite" else request.getfixturevalue("empty_postgres_database")
    config = Config(ROOT / "alembic" / "alembic.ini")
    config.attributes["url"] = url
    command.upgrade(config, "0021")
    engine = make_engine(url, pool_size=1)
    yield url, engine
    engine.dispose()


def test_how_addresses_are_written_is_taken_from_the_rows_of_recipients(database: str) -> None:
    config = Config(ROOT / "alembic" / "alembic.ini")
    config.attributes["url"] = database
    command.downgrade(config, "0023")
    engine = make_engine(database, pool_size=1)
    numbers = [column.name for column in recipients.c if not column.nullable and column.name not in ("tenant_id", "address", "domain")]
    with engine.begin() as connection:
        for tenant_id, written in ((1, ["ANN@x.example", "Ann@x.example", "ann@x.example"]), (2, ["Ann@x.example"]), (3, None)):
            values = {"t": tenant_id, "s": None if written is None else json.dumps(written)}
            columns = f"tenant_id, address, domain, spellings, {', '.join(numbers)}"
            zeros = ", ".join("0" for _ in numbers)
            connection.execute(text(f"INSERT INTO recipients ({columns}) VALUES (:t, 'ann@x.example', 'x.example', :s, {zeros})"), values)
    migrate(database)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT tenant_id, spelling, address FROM recipient_spellings ORDER BY 1, 2")).all()
        assert [tuple(row) for row in found] == [
            (1, "ANN@x.example", "ann@x.example"),
            (1, "Ann@x.example", "ann@x.example"),
            (2, "Ann@x.example", "ann@x.example"),
        ]
    engine.dispose()
