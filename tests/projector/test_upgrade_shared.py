"""An installation is updated while it runs: projectors of the older version fold nothing into a database that was migrated."""

import pytest
from sqlalchemy import text

from little_bell.migrations import migrating
from little_bell.models.revisions import revisions
from tests.projector.conftest import open_of
from tests.projector.shared_post import SharedPost, eventually


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def migrate_to(shared: SharedPost, revision: str) -> None:
    """As a web node of another version does when it starts."""
    with migrating(shared.settings.database_url) as connection:
        connection.execute(text("ALTER TABLE campaign_stats ALTER COLUMN opens SET DEFAULT 0"))  # waits for every fold
        connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def test_projectors_of_an_older_version_leave_a_migrated_database_to_newer_ones(
    shared: SharedPost, caplog: pytest.LogCaptureFixture
) -> None:
    shared.register("token-one", "token-two")
    with shared.shared_out():
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
        migrate_to(shared, "9999")
        shared.write(open_of("token-one", 70), open_of("token-two", 70))
        eventually(lambda: caplog.text.count("update this one") == 2)
        assert shared._owners() == {""} and shared.stats("opens") == (1,)
        migrate_to(shared, revisions()[-1])  # as if these were the newer ones
        shared.wait_until_folded()
    assert shared.stats("opens") == (3,) and shared.recount().differences == []
