"""What was acknowledged is there, in order, whatever becomes of the writer."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from little_bell.config import ROOT
from little_bell.journal.base import Position
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.reader import JournalReader, has_writer, journal_names
from little_bell.journal.segment import SegmentWriter, segment_numbers, segment_path
from tests.journal.conftest import hits, tokens_in

Open = Callable[..., LocalJournal]

WRITER = """
import sys
from pathlib import Path
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit
journal = LocalJournal(Path(sys.argv[1]), Limits(min_free_percent=0, segment_bytes=20_000))
number = 0
while True:
    tokens = [f"token-{number + i:07d}" for i in range(1 + number % 40)]
    position = journal.append([Hit("opened", token, 1, agent="a" * (number % 90)) for token in tokens])
    number += len(tokens)
    print(number, position, flush=True)
"""


def test_records_come_back_in_the_order_they_were_appended(open_journal: Open, root: Path) -> None:
    journal = open_journal()
    journal.append(hits("first-token", "second-token"))
    journal.append(hits("third-token"))
    assert tokens_in(root, journal.name) == ["first-token", "second-token", "third-token"]


def test_positions_grow_and_survive_being_written_down(open_journal: Open) -> None:
    journal = open_journal(segment_bytes=200)
    positions = [journal.append(hits(f"token-{number}")) for number in range(30)]
    assert positions == sorted(positions) and len(set(positions)) == 30
    assert positions[-1].segment > 2
    assert [Position.parse(str(position)) for position in positions] == positions
    assert all(Position.parse(text) is None for text in ("", "x", "1.2.3", f"{positions[0]}.4", "0" * 32 + ".1.-1", "0" * 32 + ".1.²"))


def test_reading_on_from_a_position_gives_exactly_what_lies_behind_it(open_journal: Open, root: Path) -> None:
    journal = open_journal(segment_bytes=150)
    positions = [journal.append(hits(f"token-{number:02d}")) for number in range(20)]
    for place, position in enumerate(positions):
        behind = [f"token-{number:02d}" for number in range(place + 1, 20)]
        assert tokens_in(root, journal.name, position.segment, position.offset) == behind


def test_a_reader_goes_on_while_the_writer_appends_rotates_and_ends(root: Path) -> None:
    journal = LocalJournal(root, Limits(segment_bytes=300))
    reader = JournalReader(root, journal.name)
    assert reader.read(10) == []
    seen = 0
    for number in range(40):
        journal.append(hits(f"token-{number}"))
        seen += sum(batch.records for batch in reader.read(10))
    journal.close()
    while batches := reader.read(10):
        seen += sum(batch.records for batch in batches)
    assert seen == 40 and reader.records_behind() == 0
    reader.close()


def test_a_reader_takes_no_more_batches_than_it_takes_to_fill_its_hands(open_journal: Open, root: Path) -> None:
    journal = open_journal()
    for size in (1, 1, 500, 500, 500):
        journal.append(hits(*(f"token-{n}" for n in range(size))))
    reader = JournalReader(root, journal.name)
    assert [sum(batch.records for batch in reader.read(100)) for _ in range(4)] == [502, 500, 500, 0]
    reader.close()


def test_a_writer_that_starts_again_opens_a_journal_of_its_own(open_journal: Open, root: Path) -> None:
    first, second = open_journal(), open_journal()
    first.append(hits("from-the-first"))
    second.append(hits("from-the-second"))
    assert journal_names(root) == sorted([first.name, second.name])
    assert tokens_in(root, first.name) == ["from-the-first"]
    assert tokens_in(root, second.name) == ["from-the-second"]


def test_a_journal_has_a_writer_until_it_is_closed(root: Path) -> None:
    journal = LocalJournal(root)
    assert has_writer(root, journal.name)
    journal.close()
    assert not has_writer(root, journal.name)
    assert not has_writer(root, "no such journal")


def test_a_segment_whose_tables_are_not_made_yet_is_empty_and_no_error(open_journal: Open, root: Path) -> None:
    journal = open_journal()
    segment_path(root / journal.name, 1).touch()
    reader = JournalReader(root, journal.name)
    assert reader.read(10) == [] and reader.records_behind() == 0
    writer = SegmentWriter(segment_path(root / journal.name, 1))
    writer.append(b"body", 1)
    assert [batch.stored for batch in reader.read(10)] == [b"body"]
    writer.close()
    reader.close()


@pytest.mark.parametrize("appends", [1, 60, 200])
def test_a_writer_killed_at_once_leaves_all_that_it_acknowledged_and_nothing_twice(root: Path, appends: int) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(appends):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    acknowledged = process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    least = int(acknowledged[-1].split()[0]) if acknowledged else 0
    name = journal_names(root)[0]
    found = tokens_in(root, name)
    assert len(found) >= least
    assert found == [f"token-{number:07d}" for number in range(len(found))]
    assert not has_writer(root, name)


def test_files_are_their_owners_alone(open_journal: Open, root: Path) -> None:
    journal = open_journal()
    journal.append(hits("some-token"))
    assert (root.stat().st_mode & 0o077, (root / journal.name).stat().st_mode & 0o077) == (0, 0)
    assert segment_numbers(root / journal.name) == [1]
