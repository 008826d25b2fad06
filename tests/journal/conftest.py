"""A journal in a folder of its own, and what a projector would read of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.reader import JournalReader
from little_bell.journal.records import Hit, Record, decode


def hits(*tokens: str) -> list[Record]:
    """An open of each token."""
    return [Hit("opened", token, 1) for token in tokens]


def tokens_in(root: Path, name: str, segment: int = 0, offset: int = 0) -> list[str]:
    """The tokens of the records of a journal behind a position, in order."""
    reader, found = JournalReader(root, name, segment, offset), []
    while batches := reader.read(1):
        for batch in batches:
            found += [record.token for record in decode(batch.body()) if isinstance(record, Hit)]
    reader.close()
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def open_journal(root: Path) -> Iterator[Callable[..., LocalJournal]]:
    """Opens writers and closes them at the end."""
    opened: list[LocalJournal] = []

    def open_one(**limits: object) -> LocalJournal:
        opened.append(LocalJournal(root, Limits(**{"min_free_percent": 0.0, **limits})))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()
