"""Pages whose numbers can be pinned to a set that was kept: the address names it, and a line above the numbers says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote
from zoneinfo import ZoneInfo

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.queries.kept import SetRow, get_set, pinned
from little_bell.queries.series import zone_of
from little_bell.ui.session import SignIn
from little_bell.ui.words import moment

#: Who made a set, where no name is noted or it was made over all tenants: members needn't know more.
OPERATOR = "whoever runs the installation"
OLD = " It was kept by an earlier version, which knew totals, periods and links only: charts, readers and variants stay empty."


@dataclass(frozen=True, slots=True)
class PinLine:
    """What the page says of the set that its address names; no words where it names none."""

    words: str = ""
    is_missing: bool = False


@contextmanager
def pinned_as(connection: Connection, who: SignIn, name: str) -> Iterator[PinLine]:
    """While it lasts, the sums read on the connection are those of the set; of now where no set is named, or there is none of the name."""
    if not name:
        yield PinLine()
        return
    try:
        row = get_set(connection, who.tenant_id, name)
    except NotFound:
        yield PinLine(f"There is no set “{name}”: it was dropped, or never kept. These are the numbers of now.", is_missing=True)
        return
    with pinned(connection, who.tenant_id, name):
        yield PinLine(said_of(row, zone_of(who.time_zone)))


def said_of(row: SetRow, zone: ZoneInfo) -> str:
    """From when its numbers are, who kept them, and by which rules they were judged."""
    by = row.made_by if row.is_own else OPERATOR
    told = f"Numbers of set “{row.name}”, kept on {moment(row.made_at, zone)} by {by}, judged by rules {row.rules}."
    return told + (" Lists of messages and events are today’s." if row.is_whole else OLD)


def set_in_address(state: rx.State) -> str:
    """The set that the page's address names; "" for none."""
    return str(state.router.url.query_parameters.get("set", ""))[:63]


def pinned_href(path: str, name: str) -> str:
    """The address, pinned to the set if there is one."""
    return f"{path}{'&' if '?' in path else '?'}set={quote(name)}" if name else path
