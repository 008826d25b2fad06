"""Recipients, one row an address: segments of them counted, listed page by page, and as files."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, FromClause, and_, func, select, type_coerce, union_all

from little_bell.domain.addresses import domain_of
from little_bell.domain.recipients import KINDS, Standing
from little_bell.domain.segments import COUNTED, Range, RecipientSort, Segment
from little_bell.models import now, to_micros
from little_bell.models.tables import recipient_counts, recipients
from little_bell.queries.message_walks import Filter, Way
from little_bell.queries.paging import Page, decode_cursor, encode_cursor

#: A condition that so few fit is where a list begins: what fits all the others is found among these.
FEW = 5_000


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """An address, and what is known of it by its mail (domain.recipients.Standing)."""

    address: str
    standing: Standing
    is_suppressed: bool


class Few(NamedTuple):
    """What leaves so many (or, if that isn't known, more than were asked for), and the condition."""

    leaves: int
    where: Sequence[ColumnElement[bool]]


_standing = [recipients.c[name] for name in Standing._fields]
_columns = (recipients.c.address, recipients.c.suppressed_until, *_standing)
_ADDRESS = recipients.c.address
#: What each order is of, in the form `all`.
_ORDERS = {"address": "", "last_sent_at": "last_sent_at", "first_sent_at": "first_sent_at"} | {
    name: name for name in ("last_opened_at", "last_clicked_at", "unopened")
}


def list_recipients(
    connection: Connection,
    tenant_id: int,
    wanted: Segment,
    *,
    sort: RecipientSort = RecipientSort.ADDRESS,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[RecipientRow]:
    """A page of a segment. Raises Invalid for a cursor that isn't one of this order.

    A filter passes a bounded number of rows, so its page can be short, or empty, and still have a next one.
    """
    name = _ORDERS[sort.removeprefix("-")]
    column = wanted.column(name) if name else ""
    after = None if cursor is None else decode_cursor(cursor, *((int, str) if column else (str,)))
    way = _way(connection, tenant_id, wanted, column, sort.startswith("-"))
    places, edge = way.places(connection, after, limit + 1)
    rows = _rows(connection, tenant_id, [place[-1] for place in places[:limit]])
    if len(places) > limit:
        return Page(rows, encode_cursor(*places[limit - 1]))
    return Page(rows, None if edge is None else encode_cursor(*edge))


def count_recipients(connection: Connection, tenant_id: int, wanted: Segment, *, is_whole: bool = False) -> int | None:
    """How many there are, exactly; None where that would take too long. With `is_whole` it may take as long as it takes."""
    ranges = wanted.ranges(_moment())
    if not wanted.domain and not wanted.search and len(ranges) <= 1:
        return _counts(connection, tenant_id, [(one, wanted.suppressed) for one in ranges or [_ALL]])[0]
    least = None if is_whole else _least(connection, tenant_id, wanted, ranges, COUNTED)
    if least is not None and least.leaves > COUNTED:
        return None
    where = conditions_of(tenant_id, wanted)
    if least is None:
        return connection.execute(select(func.count()).select_from(recipients).where(*where)).scalar_one()
    some = _some(tenant_id, least.where, COUNTED)
    tests = [one.holds(some.c) for one in _filters(wanted, ranges)]
    return connection.execute(select(func.count()).select_from(some).where(*tests)).scalar_one()


def count_segments(connection: Connection, tenant_id: int, segments: Sequence[Segment]) -> list[int]:
    """How many are in each of some segments of one condition at most, in one question."""
    moment = _moment()
    return _counts(connection, tenant_id, [(next(iter(one.ranges(moment)), _ALL), one.suppressed) for one in segments])


def conditions_of(tenant_id: int, wanted: Segment) -> list[ColumnElement[bool]]:
    """The segment as conditions on the table of recipients: for those who read all of it."""
    return [recipients.c.tenant_id == tenant_id, *conditions_on(wanted)]


def small_segment(connection: Connection, tenant_id: int, wanted: Segment, most: int) -> list[str] | None:
    """The addresses of a segment that a condition leaves at most so many to; None where none does."""
    ranges = wanted.ranges(_moment())
    least = _least(connection, tenant_id, wanted, ranges, most)
    if least is None or least.leaves > most:
        return None
    few = _some(tenant_id, least.where, most)
    tests = [one.holds(few.c) for one in _filters(wanted, ranges)]
    return list(connection.execute(select(few.c.address).where(*tests)).scalars())


def conditions_on(wanted: Segment) -> list[ColumnElement[bool]]:
    """What a segment asks for of a row of recipients."""
    return [one.holds(recipients.c) for one in _filters(wanted, wanted.ranges(_moment()))]


_ALL = Range("", KINDS[0], None, None, None, None)


def _moment() -> int:
    return to_micros(now())


def _counts(connection: Connection, tenant_id: int, asked: Sequence[tuple[Range, bool | None]]) -> list[int]:
    """The sums of buckets: how many recipients fit each condition, among those that are suppressed, aren't, or all."""
    table = recipient_counts.c
    sums = []
    for place, (one, suppressed) in enumerate(asked):
        where = [table.tenant_id == tenant_id, table.kind == one.kind]
        where += [table.is_suppressed.in_((False, True) if suppressed is None else (suppressed,))]
        where += [] if one.first is None else [table.bucket >= one.first]
        where += [] if one.end is None else [table.bucket < one.end]
        total = func.coalesce(func.sum(table.recipients), 0).label("total")
        sums.append(select(total, type_coerce(place, BigInteger).label("place")).where(*where))
    found = {row.place: int(row.total) for row in connection.execute(union_all(*sums))}
    return [found[place] for place in range(len(asked))]


def _way(connection: Connection, tenant_id: int, wanted: Segment, column: str, is_falling: bool) -> Way:
    ranges = wanted.ranges(_moment())
    on_it = [one for one in ranges if one.column == column]
    least = _least(connection, tenant_id, wanted, [one for one in ranges if one.column != column], FEW)
    filters = _filters(wanted, ranges)
    if least is not None and least.leaves <= FEW:
        few = _some(tenant_id, least.where, FEW)
        return Way(_key(few, column), [], is_falling, frozenset(few.c.keys()), filters, few, table=few)
    where = [recipients.c.tenant_id == tenant_id, *(_holds(one)(recipients.c) for one in on_it)]
    covers = frozenset({column, "address", "tenant_id"} if column else recipients.c.keys())
    rest = [one for one in filters if not any(one.columns == (other.column,) for other in on_it)]
    if not column and wanted.search:
        where += [_begins(wanted.search)(recipients.c)]
    return Way(_key(recipients, column), where, is_falling, covers, rest, recipients, table=recipients)


def _key(table: FromClause, column: str) -> dict[str, ColumnElement[Any]]:
    return ({column: table.c[column]} if column else {}) | {"address": table.c.address}


def _least(connection: Connection, tenant_id: int, wanted: Segment, ranges: Sequence[Range], most: int) -> Few | None:
    """The condition that leaves the fewest, as far as counting to `most` tells; None where there is none to begin with."""
    counts = _counts(connection, tenant_id, [(one, None) for one in ranges]) if ranges else []
    found = [Few(count, [_holds(one)(recipients.c)]) for count, one in zip(counts, ranges, strict=True)]
    others: list[ColumnElement[bool]] = []
    if wanted.domain:
        others.append(recipients.c.domain == domain_of(f"@{wanted.domain}"))
    if wanted.search:
        others.append(_begins(wanted.search)(recipients.c))
    if wanted.suppressed:
        others.append(recipients.c.suppressed_until.is_not(None))
    for where in others:
        some = select(_ADDRESS).where(recipients.c.tenant_id == tenant_id, where).limit(most + 1).subquery()
        found.append(Few(connection.execute(select(func.count()).select_from(some)).scalar_one(), [where]))
    return min(found, key=lambda one: one.leaves, default=None)


def _some(tenant_id: int, where: Sequence[ColumnElement[bool]], most: int) -> Any:
    """Those few rows, found first: the limits, and a join that has one order, keep databases from looking for them in another way."""
    few = select(_ADDRESS).where(recipients.c.tenant_id == tenant_id, *where).limit(most + 1).subquery()
    rows = few.outerjoin(recipients, and_(recipients.c.tenant_id == tenant_id, few.c.address == _ADDRESS))
    return select(recipients).select_from(rows).limit(most + 1).subquery()


def _filters(wanted: Segment, ranges: Sequence[Range]) -> list[Filter]:
    filters = [Filter((one.column,), _holds(one)) for one in ranges]
    if wanted.domain:
        domain = domain_of(f"@{wanted.domain}")
        filters.append(Filter(("domain",), lambda c: c.domain == domain))
    if wanted.search:
        filters.append(Filter(("address",), _begins(wanted.search)))
    if wanted.suppressed is not None:
        is_one = wanted.suppressed
        filters.append(Filter(("suppressed_until",), lambda c: c.suppressed_until.is_not(None) if is_one else c.suppressed_until.is_(None)))
    return filters


def _holds(one: Range) -> Callable[[Any], ColumnElement[bool]]:
    def holds(c: Any) -> ColumnElement[bool]:
        low = [] if one.low is None else [c[one.column] >= one.low]
        high = [] if one.high is None else [c[one.column] < one.high]
        return and_(*low, *high)

    return holds


def _begins(text: str) -> Callable[[Any], ColumnElement[bool]]:
    """That an address begins so: a stretch of the order of bytes, which ends where no character comes behind."""
    low = unicodedata.normalize("NFC", text.strip().lower())
    return lambda c: and_(c.address >= low, c.address < f"{low}\U0010ffff")


def _rows(connection: Connection, tenant_id: int, addresses: Sequence[str]) -> list[RecipientRow]:
    mine = (recipients.c.tenant_id == tenant_id, _ADDRESS.in_(addresses))
    found = connection.execute(select(*_columns).where(*mine)) if addresses else ()
    by_address = {address: RecipientRow(address, Standing(*own), until is not None) for address, until, *own in found}
    return [by_address[one] for one in addresses]
