"""Segments of recipients as files."""

from collections.abc import Callable, Iterator

from sqlalchemy import BigInteger, case, func, type_coerce

from little_bell.domain.exports import Format
from little_bell.domain.recipients import Standing
from little_bell.domain.segments import Segment
from little_bell.domain.spreadsheets import inert
from little_bell.models.tables import recipients
from little_bell.queries.export_formats import written
from little_bell.queries.exports import Cell, Connect, Sheet, chunks, stamp
from little_bell.queries.segments import conditions_of


def _time(name: str) -> Cell:
    """Nothing for never."""
    return Cell(name, func.nullif(type_coerce(recipients.c[name], BigInteger), 0, type_=BigInteger), stamp)


SHEET = Sheet(
    [
        Cell("recipient_email", recipients.c.address, inert),
        Cell("domain", recipients.c.domain, inert),
        *(Cell(name, recipients.c[name]) for name in Standing._fields if not name.endswith("_at")),
        *(_time(name) for name in Standing._fields if name.endswith("_at")),
        Cell("is_suppressed", case((recipients.c.suppressed_until.is_(None), False), else_=True)),
    ],
    recipients,
    [recipients.c.address],
)


def export_recipients(
    connect: Connect, tenant_id: int, wanted: Segment, format_: Format, advance: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """The segment as a file, in pieces, in the order of the addresses; `advance` is told how many rows were read."""
    return written(SHEET, chunks(connect, SHEET, conditions_of(tenant_id, wanted)), format_, advance)
