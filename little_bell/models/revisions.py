"""Which shapes of the database this version knows, by the names of the migrations."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

ALEMBIC = Path(__file__).resolve().parents[2] / "alembic"


@cache
def revisions() -> tuple[str, ...]:
    """All there are, as their files are named: the last is the newest."""
    return tuple(sorted(path.name.partition("_")[0] for path in (ALEMBIC / "versions").glob("*.py")))


def is_newer(revision: str | None) -> bool:
    """Whether a later version of Little Bell made it: revisions are numbered."""
    return revision is not None and revision.isdigit() and revision > revisions()[-1]


def revision_of(connection: Connection) -> str | None:
    """The database's, which has to be one of ours."""
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
