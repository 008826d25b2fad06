"""A CSV file as lines of cells, in constant memory; what can't be read is named by its line and column."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from little_bell.domain.errors import Invalid, Malformed

#: A longer line is no recipient's: a quote that was never closed, or no text at all.
MAX_LINE = 1_000_000
MAX_COLUMNS = 200
DELIMITERS = ",;\t|"
UTF_8 = "utf-8"


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of a line, and its number in the file: the first is 1, as editors count."""

    number: int
    cells: list[str]


class Table:
    """A CSV file with a heading. `header` holds the names of its columns."""

    def __init__(self, file: BinaryIO, encoding: str = UTF_8) -> None:
        """Reads the heading. Raises Invalid for an unknown encoding, Malformed for what is no CSV file in it."""
        self._encoding = known_encoding(encoding)
        self._lines = _decoded(file, self._encoding)
        first = next(self._lines, "")
        if not first.strip():
            raise Malformed("line 1: the file begins without the names of its columns")
        self._delimiter = max(DELIMITERS, key=first.count)
        self._reader = csv.reader(_again(first, self._lines), delimiter=self._delimiter, strict=True)
        self.header = [name.strip() for name in self._next() or []]
        _check_header(self.header)

    def __iter__(self) -> Iterator[Line]:
        """The lines behind the heading, but for empty ones. Raises Malformed where the file stops being CSV in its encoding."""
        while True:
            number = self._reader.line_num + 1
            cells = self._next()
            if cells is None:
                return
            if cells:
                yield Line(number, cells)

    def _next(self) -> list[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise Malformed(f"line {self._reader.line_num}: this is not CSV: {error}") from None


def known_encoding(name: str) -> str:
    """The encoding's name. Raises Invalid where Python doesn't know it, or it isn't one of those in which a line ends with \\n."""
    try:
        if "a,\n".encode(name) == b"a,\n":
            return codecs.lookup(name).name
    except (LookupError, TypeError, UnicodeError):
        pass
    raise Invalid(f"encoding: files can't be read as {name!r}; utf-8, cp1252 and iso-8859-15 are some that can", "encoding")


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            raise Malformed(f"line {number}: it is longer than {MAX_LINE:,} bytes")
        if number == 1:
            raw = _without_mark(raw)
        try:
            yield raw.decode(encoding)
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode(encoding)) + 1
            text = f"line {number}, column {column}: the byte {raw[error.start]:#04x} can't stand there in {encoding}"
            raise Malformed(f"{text}; save the file as UTF-8, or say which encoding it has", "encoding") from None


def _without_mark(raw: bytes) -> bytes:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in raw:
        raise Malformed("line 1, column 1: this looks like UTF-16 or no text at all; save the file as UTF-8", "encoding")
    return raw.removeprefix(codecs.BOM_UTF8)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _check_header(header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise Malformed(f"line 1: {len(header)} columns; at most {MAX_COLUMNS} are read")
    seen: set[str] = set()
    for name in header:
        if name and name.lower() in seen:
            raise Malformed(f"line 1: two columns are named {name!r}")
        seen.add(name.lower())
