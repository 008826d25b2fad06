"""A figure, what it must reach, and the table."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """Something measured: at least `floor` or at most `ceiling` is good; `note` says how it came about."""

    name: str
    value: float | None
    unit: str = ""
    floor: float | None = None
    ceiling: float | None = None
    note: str = ""

    @property
    def goal(self) -> str:
        """What it must reach, in words."""
        if self.floor is not None:
            return f"≥ {number(self.floor)} {self.unit}".rstrip()
        return f"≤ {number(self.ceiling)} {self.unit}".rstrip() if self.ceiling is not None else ""

    @property
    def verdict(self) -> str:
        """Whether it does, or nothing where there is no goal."""
        if self.value is None:
            return "not measured"
        if self.floor is None and self.ceiling is None:
            return ""
        is_good = self.value >= self.floor if self.floor is not None else self.value <= (self.ceiling or 0)
        return "ok" if is_good else "MISSED"


def number(value: float | None) -> str:
    """A number with as many digits as tell something."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def print_table(figures: Iterable[Figure]) -> None:
    """The table of a run."""
    console = Console(width=None if Console().is_terminal else 200, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("Figure", "Must reach", "Measured", "", "How"):
        table.add_column(column, justify="right" if column in ("Must reach", "Measured") else "left")
    for figure in figures:
        table.add_row(figure.name, figure.goal, f"{number(figure.value)} {figure.unit}".rstrip(), figure.verdict, figure.note)
    console.print(table)
