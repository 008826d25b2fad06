"""Who a database is: a name of its own, made at the first start, under which its journals lie."""

import uuid
from pathlib import Path

from sqlalchemy import Engine, select

from little_bell.db import writing
from little_bell.models.tables import instance


def journals_of(engine: Engine, data_dir: Path) -> Path:
    """The folder of this database's journals: two databases never share one."""
    return data_dir.absolute() / "journal" / _instance_id(engine)


def _instance_id(engine: Engine) -> str:
    with engine.connect() as connection:
        known = connection.execute(select(instance.c.uuid)).scalar()
    if known is not None:
        return str(known)
    with writing(engine) as connection:
        known = connection.execute(select(instance.c.uuid)).scalar()  # another process may have been first
        if known is None:
            known = uuid.uuid4().hex
            connection.execute(instance.insert().values(id=1, uuid=known))
    return str(known)
