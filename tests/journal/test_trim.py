"""Segments go when they are folded and old enough, or take too much room; what isn't folded never goes."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from little_bell.journal.local import LocalJournal, folder_bytes
from little_bell.journal.reader import journal_names, trim
from little_bell.journal.segment import segment_numbers, segment_path
from tests.journal.conftest import hits, tokens_in

Open = Callable[..., LocalJournal]
HOUR = 3600


@pytest.fixture
def journal(open_journal: Open) -> LocalJournal:
    """A journal of five segments with one token each; the fifth is open."""
    journal = open_journal(segment_bytes=1)
    for number in range(1, 6):
        journal.append(hits(f"token-{number}"))
    return journal


def age(root: Path, name: str, numbers: list[int], seconds: float) -> None:
    for number in numbers:
        os.utime(segment_path(root / name, number), (time.time() - seconds,) * 2)


def test_folded_segments_go_when_they_are_old_enough(root: Path, journal: LocalJournal) -> None:
    age(root, journal.name, [1, 2, 3], 73 * HOUR)
    age(root, journal.name, [4], 71 * HOUR)
    assert trim(root, {journal.name: 5}, 72 * HOUR, 10**9) == []
    assert segment_numbers(root / journal.name) == [4, 5]


def test_folded_segments_go_oldest_first_where_they_take_too_much_room(root: Path, journal: LocalJournal) -> None:
    age(root, journal.name, [3], 4 * HOUR)
    age(root, journal.name, [1], 3 * HOUR)
    age(root, journal.name, [2, 4], 1 * HOUR)
    total = folder_bytes(root)
    size = segment_path(root / journal.name, 3).stat().st_size
    trim(root, {journal.name: 5}, 72 * HOUR, total - size - 1)
    assert segment_numbers(root / journal.name) == [2, 4, 5]


def test_what_is_not_folded_stays_however_old_and_large(root: Path, journal: LocalJournal) -> None:
    age(root, journal.name, [1, 2, 3, 4], 1_000 * HOUR)
    trim(root, {journal.name: 3}, 0, 0)
    assert tokens_in(root, journal.name) == ["token-3", "token-4", "token-5"]


def test_a_journal_that_no_position_is_known_of_stays_whole(root: Path, journal: LocalJournal) -> None:
    age(root, journal.name, [1, 2, 3, 4], 1_000 * HOUR)
    assert trim(root, {}, 0, 0) == []
    assert segment_numbers(root / journal.name) == [1, 2, 3, 4, 5]


def test_a_journal_goes_as_a_whole_only_when_nobody_writes_it(root: Path, journal: LocalJournal, open_journal: Open) -> None:
    dead = LocalJournal(root)
    dead.append(hits("last-token"))
    dead.close()
    assert trim(root, {journal.name: 6, dead.name: 2}, -1, 10**9) == [dead.name]
    assert journal_names(root) == [journal.name]


def test_nothing_of_a_removed_segment_stays_beside_it(root: Path, journal: LocalJournal) -> None:
    segment = segment_path(root / journal.name, 1)
    segment.with_name(segment.name + "-wal").write_bytes(b"left by a writer that was killed")
    trim(root, {journal.name: 2}, 0, 0)
    assert not list((root / journal.name).glob("00000001*"))
