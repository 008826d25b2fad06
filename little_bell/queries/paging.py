"""Pages by keyset: a page starts behind the last row of the one before, so that the hundredth costs what the first does."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, func, select

from little_bell.domain.errors import Invalid


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


Listed = TypeVar("Listed")
Row = TypeVar("Row", bound=_HasId)
MAX_ID = 2**63 - 1
#: A filter that no index serves looks at this many rows a page, and goes on from there on the next.
SCANNED_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Listed]):
    """Rows, and the cursor of the page behind them; None on the last. A page can be empty and still have a next."""

    rows: list[Listed]
    next_cursor: str | None


def encode_cursor(*key: Any) -> str:
    """The place behind a row, as text for a URL."""
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, *types: type) -> list[Any]:
    """The parts that encode_cursor was given. Raises Invalid for a text that it didn't make for values of these types."""
    try:
        key = json.loads(urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except ValueError:  # UnicodeError, binascii.Error and JSONDecodeError are ones
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(types) or not all(map(_is_storable, key)):
        raise Invalid("this cursor is not one that a page before gave", "cursor")
    return key


def _is_storable(part: Any) -> bool:
    """Whether it can be asked for: numbers have 64 bits, and halves of letters, which JSON can name, are no UTF-8."""
    if isinstance(part, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in part)
    return not isinstance(part, int) or abs(part) <= MAX_ID


def id_after(cursor: str | None) -> int | None:
    """The id that a cursor over ids alone stands for."""
    return None if cursor is None else int(decode_cursor(cursor, int)[0])


def beyond(column: Column[Any], after: int, newest_first: bool) -> ColumnElement[bool]:
    """The condition that a row comes behind `after` in the order of the list."""
    return column < after if newest_first else column > after


def horizon(connection: Connection, column: Column[Any], conditions: Sequence[ColumnElement[bool]], newest_first: bool) -> int | None:
    """The id of the last row within SCANNED_ROWS of the start; None if there are fewer. `conditions` must lie on an index with `column`."""
    order = column.desc() if newest_first else column
    ids = select(column.label("id")).where(*conditions).order_by(order).limit(SCANNED_ROWS).subquery()
    last = func.min(ids.c.id) if newest_first else func.max(ids.c.id)
    count, edge = connection.execute(select(func.count(), last).select_from(ids)).one()
    return int(edge) if count == SCANNED_ROWS else None


def page_of(rows: list[Row], limit: int, edge: int | None = None) -> Page[Row]:
    """A page, by id, out of up to `limit` + 1 rows; `edge` is where a bounded search stopped."""
    if len(rows) > limit:
        return Page(rows[:limit], encode_cursor(rows[limit - 1].id))
    return Page(rows, None if edge is None else encode_cursor(edge))
