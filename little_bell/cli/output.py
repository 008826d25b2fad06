"""How commands answer: tables and lines for people, JSON for programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from little_bell.domain.errors import NotFound

NOTHING = "–"
WIDE = 10_000


def print_json(content: Any) -> None:
    """The content as JSON, times in UTC with a Z."""
    typer.echo(orjson.dumps(content, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2).decode())


def existing(row: dict[str, Any] | None, what: str) -> dict[str, Any]:
    """The row. Raises NotFound where there is none."""
    if row is None:
        raise NotFound(f"there is no such {what}", f"{what}_id")
    return row


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, numbers: Sequence[str] = ()) -> None:
    """A table; the columns named in `numbers` stand to the right."""
    # Behind a pipe there is no screen to fit into: lines stay whole there, for grep and awk.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        table.add_row(*(escape(cell_text(value)) for value in row))
    console.print(table)


def print_rows(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]], *, numbers: Sequence[str] = ()) -> None:
    """A table of rows; `columns` are headings and the names of what stands below them."""
    print_table(tuple(columns), ([row[name] for name in columns.values()] for row in rows), numbers=numbers)


def print_facts(facts: Mapping[str, Any]) -> None:
    """One line a fact: `Open Rate: 50.0%`."""
    for name, value in facts.items():
        typer.echo(f"{name}: {cell_text(value)}")


def cell_text(value: Any) -> str:
    """A value as people read it; an absent one is a dash, never 0."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S UTC")
    return str(value)


def percent(rate: float | None) -> str:
    """A rate of domain.metrics: `50.0%`."""
    return NOTHING if rate is None else f"{rate}%"


def of_all(human: Any, every: Any) -> str:
    """What people did, and all beside it: `12 (15)`."""
    return f"{cell_text(human)} ({cell_text(every)})"
