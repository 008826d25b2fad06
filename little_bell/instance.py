"""Who a database is: a name of its own, made at the first start, under which its journals lie."""

import uuid
from pathlib import Path

from sqlalchemy import Engine, select, text

from little_bell.db import writing
from little_bell.models.tables import instance

#: Another process that starts at the same moment may be first.
_NAME = text("INSERT INTO instance (id, uuid) VALUES (1, :uuid) ON CONFLICT (id) DO NOTHING")


def journals_of(engine: Engine, data_dir: Path) -> Path:
    """The folder of this database's journals: two databases never share one."""
    return data_dir.absolute() / "journal" / instance_of(engine)


def known_journals(engine: Engine, data_dir: Path) -> Path | None:
    """The same, where the database has its name already; nothing is made."""
    with engine.connect() as connection:
        known = connection.execute(select(instance.c.uuid)).scalar()
    return None if known is None else data_dir.absolute() / "journal" / str(known)


def instance_of(engine: Engine) -> str:
    """The database's name, made if it has none."""
    with engine.connect() as connection:
        known = connection.execute(select(instance.c.uuid)).scalar()
    if known is not None:
        return str(known)
    with writing(engine) as connection:
        connection.execute(_NAME, {"uuid": uuid.uuid4().hex})
        return str(connection.execute(select(instance.c.uuid)).scalar_one())
