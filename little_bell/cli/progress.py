"""How long work shows that it goes on: on standard error, and only where somebody looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)


def progress_bar() -> Progress:
    """For several tasks, counted in things; to be entered."""
    return _shown(BarColumn(), MofNCompleteColumn())


@contextmanager
def counting(words: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Tell it how many more are done."""
    with progress_bar() as progress:
        task = progress.add_task(words, total=total)
        yield lambda more: progress.advance(task, more)


@contextmanager
def writing(file: Path) -> Iterator[Callable[[int], None]]:
    """Tell it how many more bytes are written."""
    with _shown(SpinnerColumn(), DownloadColumn()) as progress:
        task = progress.add_task(str(file), total=None)
        yield lambda more: progress.advance(task, more)


def _shown(*columns: ProgressColumn) -> Progress:
    console, told = Console(stderr=True), TextColumn("{task.description}", markup=False)
    return Progress(told, *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def recounting(words: str) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """Tell the first how many there are once that is known, the second how many more are done."""
    with progress_bar() as progress:
        task = progress.add_task(words, total=None)
        yield lambda total: progress.update(task, total=total), lambda more: progress.advance(task, more)
