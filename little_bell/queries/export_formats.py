"""Exports in the formats of others: JSON Lines, Excel, Parquet. Streamed; what writes them is loaded when it is asked for."""

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Integer

from little_bell.domain.errors import Invalid
from little_bell.domain.exports import Format, What
from little_bell.queries.campaigns import live
from little_bell.queries.exports import SHEETS, Cell, Connect, Sheet, chunks, csv_lines, of_campaign, stamp
from little_bell.queries.message_lists import MessageFilter, conditions_of

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - spreadsheets know no zones; the heading says UTC
#: A sheet of Excel has so many lines, the headings among them; further rows go on in another.
EXCEL_LINES = 1_048_576
#: Excel cuts a workbook off as damaged where a cell holds more.
EXCEL_TEXT = 32_767
#: Rows of a Parquet row group: some ten megabytes of memory.
GROUP_ROWS = 20_000
PIECE_BYTES = 256 * 1024
MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
}
Chunks = Iterator[Sequence[Sequence[Any]]]


def export(
    connect: Connect,
    tenant_id: int,
    campaign_id: int,
    what: What,
    format_: Format,
    wanted: MessageFilter | None = None,
    advance: Callable[[int], None] | None = None,
) -> Iterator[bytes]:
    """A campaign's messages, events, bounces or links in a format, in pieces. The caller has made sure that it is the tenant's.

    `wanted` leaves messages out, with their events; `advance` is told how many rows were read. Raises Invalid for a filter of what
    is neither.
    """
    sheet = SHEETS[what]
    where = conditions_of(tenant_id, wanted) if wanted is not None else []
    if where and what not in (What.MESSAGES, What.EVENTS):
        raise Invalid("messages and events can be filtered; bounces and links are exported whole", "what")
    rows = chunks(connect, sheet, [*of_campaign(what, tenant_id, campaign_id), *where, live(tenant_id)])
    return written(sheet, rows, format_, advance)


def written(sheet: Sheet, rows: Chunks, format_: Format, advance: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """A sheet's rows in a format, in pieces; `advance` is told how many were read."""
    return _WRITERS[format_](sheet, rows if advance is None else _told(rows, advance))


def _told(rows: Chunks, advance: Callable[[int], None]) -> Chunks:
    for chunk in rows:
        yield chunk
        advance(len(chunk))


def _csv(sheet: Sheet, rows: Chunks) -> Iterator[bytes]:
    return (piece.encode() for piece in csv_lines(sheet, rows))


def _jsonl(sheet: Sheet, rows: Chunks) -> Iterator[bytes]:
    """A line an object; times as the API writes them. Nothing is made inert: programs run no cells."""
    names = [cell.heading for cell in sheet.cells]
    writes = [stamp if _is_time(cell) else None for cell in sheet.cells]
    for chunk in rows:
        lines = []
        for row in chunk:
            values = [write(value) if write and value is not None else value for write, value in zip(writes, row, strict=True)]
            lines.append(orjson.dumps(dict(zip(names, values, strict=True)), option=orjson.OPT_APPEND_NEWLINE))
        yield b"".join(lines)


def _xlsx(sheet: Sheet, rows: Chunks) -> Iterator[bytes]:
    """Its parts lie on the disk until all are there: a zip's directory comes last, and what it says of sheets first."""
    import xlsxwriter

    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile(dir=folder) as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder})
        time_format = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page, line = None, EXCEL_LINES
        try:
            for row in (row for chunk in rows for row in chunk):
                if line == EXCEL_LINES:
                    page, line = _new_page(book, sheet), 1
                for column, (cell, value) in enumerate(zip(sheet.cells, row, strict=True)):
                    _write_cell(page, line, column, cell, value, time_format)
                line += 1
            if page is None:
                _new_page(book, sheet)
        except BaseException:
            for begun in book.worksheets():  # else its temporary file stays open until somebody collects it
                begun.row_data_fh.close()
            raise
        book.close()
        file.seek(0)
        yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _new_page(book: Any, sheet: Sheet) -> Any:
    page = book.add_worksheet()
    page.write_row(0, 0, [f"{cell.heading} (UTC)" if _is_time(cell) else cell.heading for cell in sheet.cells])
    page.freeze_panes(1, 0)
    return page


def _write_cell(page: Any, line: int, column: int, cell: Cell, value: Any, time_format: Any) -> None:
    if value is None:
        return
    if _is_time(cell):
        page.write_datetime(line, column, EPOCH + timedelta(microseconds=value), time_format)
    elif isinstance(value, bool):
        page.write_boolean(line, column, value)
    elif isinstance(value, int):
        page.write_number(line, column, value)
    else:
        page.write_string(line, column, str(value)[:EXCEL_TEXT])  # as text whatever it begins with


def _parquet(sheet: Sheet, rows: Chunks) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {"time": pa.timestamp("us", tz="UTC"), "bool": pa.bool_(), "number": pa.int64(), "text": pa.string()}
    schema = pa.schema([(cell.heading, kinds[_kind(cell)]) for cell in sheet.cells])
    sink = io.BytesIO()
    # Written through a pipe of ours: what was handed on is forgotten, but its length counts on, for the file's last part.
    with pa.PythonFile(_Passage(sink), mode="w") as out, ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(rows):
            columns = [pa.array(values, type=field.type) for values, field in zip(zip(*group, strict=True), schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            yield _taken_from(sink)
    yield _taken_from(sink)


class _Passage(io.RawIOBase):
    """Writes go to `sink`, which others empty meanwhile; tell() says how much went through."""

    def __init__(self, sink: io.BytesIO) -> None:
        super().__init__()
        self._sink, self._length = sink, 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._length += self._sink.write(data)
        return len(data)

    def tell(self) -> int:
        return self._length


def _taken_from(sink: io.BytesIO) -> bytes:
    piece = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return piece


def _groups(rows: Chunks) -> Iterator[list[Sequence[Any]]]:
    group: list[Sequence[Any]] = []
    for chunk in rows:
        group += chunk
        if len(group) >= GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group


def _is_time(cell: Cell) -> bool:
    return cell.write is stamp


def _kind(cell: Cell) -> str:
    if _is_time(cell):
        return "time"
    kind = cell.source.type
    if isinstance(kind, Boolean):
        return "bool"
    return "number" if isinstance(kind, Integer | BigInteger) else "text"


_WRITERS: dict[Format, Callable[[Sheet, Chunks], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.JSONL: _jsonl,
    Format.XLSX: _xlsx,
    Format.PARQUET: _parquet,
}
