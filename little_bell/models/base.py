"""What all tables share: naming of constraints, times as integer microseconds, the tenant first."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, TypeDecorator
from sqlmodel import SQLModel

from little_bell.domain.times import from_micros, to_micros

#: SQLite only gives AUTOINCREMENT (ids never reused) to a column that is exactly INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
#: Keyword arguments of a table whose ids are never reused.
NEVER_REUSED = {"sqlite_autoincrement": True}

#: Rows that are only looked up by their key live in the key's own tree.
CLUSTERED = {"sqlite_with_rowid": False}

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
metadata.naming_convention = NAMING


class UtcMicros(TypeDecorator[datetime]):
    """An aware UTC time, kept as integer microseconds since 1970 on both databases.

    Integers halve the row and index size, need no parsing on the projector's path and make a quarter-hour
    bucket one division (docs/decisions/0003-times-as-microseconds.md).
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> int | None:
        if value is None or isinstance(value, int):
            return value
        return to_micros(value)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def now() -> datetime:
    """The present as an aware UTC time."""
    return datetime.now(UTC)
