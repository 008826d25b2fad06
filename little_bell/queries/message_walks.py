"""The ways through a tenant's messages, or recipients, that an index knows, and what the rows on them are tried against.

A way costs what it passes, not what there is: a page that finds too little on its stretch ends there, and the next goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, FromClause, Select, and_, func, select, tuple_, type_coerce

from little_bell.domain.readings import Reading
from little_bell.models.base import UtcMicros
from little_bell.models.tables import campaigns, link_clicks, messages
from little_bell.queries.campaigns import live

#: Rows a page passes at most where the index itself holds what they are tried against, and where each has to be fetched for it.
PASSED_ROWS, FETCHED_ROWS = 40_000, 3_000

#: A place on a way: the values of its key.
Place = list[Any]


class Filter(NamedTuple):
    """A condition on a row, and the columns of its table that it reads; `is_dear`: it looks elsewhere, too."""

    columns: tuple[str, ...]
    holds: Callable[[Any], ColumnElement[bool]]
    is_dear: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """An order of a table's rows: `key` is what it is of, what tells them apart last. `where` and `covers` lie on its index, `filters`
    needn't. `source`: the table, or what it is joined with. `is_barred`: nothing on it can be what is asked for.
    """

    key: Mapping[str, ColumnElement[Any]]
    where: Sequence[ColumnElement[bool]]
    is_falling: bool
    covers: frozenset[str] = frozenset()
    filters: Sequence[Filter] = ()
    source: FromClause = messages
    is_barred: bool = False
    table: FromClause = messages

    @property
    def most(self) -> int:
        """How many rows a page passes."""
        is_cheap = all(self.covers.issuperset(one.columns) and not one.is_dear for one in self.filters)
        return PASSED_ROWS if is_cheap else FETCHED_ROWS

    def places(self, connection: Connection, after: Place | None, limit: int, offset: int = 0) -> tuple[list[Place], Place | None]:
        """Up to `limit` rows behind `after`, and where their search ended before the way did; None where it didn't.

        With an offset all of the way is searched: who counts rows can't be told to go on elsewhere.
        """
        if self.is_barred:
            return [], None
        if not self.filters:
            return _read(connection, self._stretch(after, {}).limit(limit).offset(offset)), None
        tried = {name: self.table.c[name] for one in self.filters for name in one.columns}
        stretch = self._stretch(after, tried)
        rows = (stretch if offset else stretch.limit(self.most)).subquery()
        # Without an order of its own: the rows come as the stretch gives them, and it stops at the last one wanted.
        statement = select(*(rows.c[name] for name in self.key)).where(*(one.holds(rows.c) for one in self.filters))
        found = _read(connection, statement.limit(limit).offset(offset))
        if offset or len(found) == limit:
            return found, None
        return found, next(iter(_read(connection, self._stretch(after, {}).limit(1).offset(self.most - 1))), None)

    def _stretch(self, after: Place | None, more: Mapping[str, ColumnElement[Any]]) -> Select[Any]:
        columns = list(self.key.values())
        beyond = []
        if after is not None:
            here, there = tuple_(*columns), tuple_(*after)
            beyond = [here < there if self.is_falling else here > there]
        named = [_raw(column).label(name) for name, column in {**more, **self.key}.items()]
        order = [column.desc() if self.is_falling else column.asc() for column in columns]
        return select(*named).select_from(self.source).where(*self.where, *beyond).order_by(*order)


def _raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Times as they are stored: places stand in cursors."""
    return type_coerce(column, BigInteger) if isinstance(column.type, UtcMicros) else column


def _read(connection: Connection, statement: Select[Any]) -> list[Place]:
    return [list(row) for row in connection.execute(statement)]


def has_status(status: str) -> Filter:
    """The message reads this status."""
    return Filter(("status",), lambda c: c.status == status)


def was_opened(reading: Reading) -> Filter:
    """It was opened so."""
    return _reading(reading, ("opened", "clicked"), "human_opened_at")


def was_clicked(reading: Reading) -> Filter:
    """A link in it was followed so."""
    return _reading(reading, ("clicked",), "human_clicked_at")


def _reading(reading: Reading, reached: tuple[str, ...], person: str) -> Filter:
    """The status never falls below `reached` once anybody got there; `person` is when the first human did."""
    holds: dict[Reading, Callable[[Any], ColumnElement[bool]]] = {
        Reading.ANY: lambda c: c.status.in_(reached),
        Reading.HUMAN: lambda c: c[person].is_not(None),
        Reading.MACHINE: lambda c: and_(c.status.in_(reached), c[person].is_(None)),
        Reading.NOT_HUMAN: lambda c: c[person].is_(None),
        Reading.NONE: lambda c: c.status.not_in(reached),
    }
    return Filter(("status", person), holds[reading])


def is_at(domain: str) -> Filter:
    """Its recipient's mailbox is in this domain."""
    return Filter(("recipient_email",), lambda c: func.lower(c.recipient_email).endswith(f"@{domain.lower()}", autoescape=True))


def mentions(text: str) -> Filter:
    """Its recipient's address holds this text."""
    return Filter(("recipient_email",), lambda c: c.recipient_email.icontains(text, autoescape=True))


def was_followed(tenant_id: int, link_id: int) -> Filter:
    """This link of it was followed."""
    clicks = (link_clicks.c.link_id == link_id, link_clicks.c.tenant_id == tenant_id)
    return Filter(("id",), lambda c: select(1).where(link_clicks.c.message_id == c.id, *clicks).exists(), is_dear=True)


def is_of_live_campaign(tenant_id: int) -> Filter:
    """Its campaign was not deleted."""
    return Filter(("campaign_id",), lambda c: select(1).where(campaigns.c.id == c.campaign_id, live(tenant_id)).exists())
