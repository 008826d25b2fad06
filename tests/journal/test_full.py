"""A journal that can't store says why, loses nothing it had acknowledged, and goes on when there is room."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from little_bell.config import ROOT
from little_bell.journal import local
from little_bell.journal.base import JournalFull
from little_bell.journal.local import Limits, LocalJournal, default_max_bytes
from little_bell.journal.reader import journal_names, may_grow, trim
from little_bell.journal.segment import SegmentWriter
from tests.journal.conftest import hits, tokens_in

Open = Callable[..., LocalJournal]

LIMITED = """
import resource, sys
from pathlib import Path
from little_bell.journal.base import JournalFull
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.records import Hit
journal = LocalJournal(Path(sys.argv[1]), Limits(min_free_percent=0))
number, reasons = 0, set()
def append():
    global number
    try:
        journal.append([Hit("opened", f"token-{number:07d}", 1, agent="x" * 150)])
        number += 1
    except JournalFull as full:
        reasons.add(str(full))
append()
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
while not reasons:
    append()
for _ in range(20):
    append()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
before = number
for _ in range(20):
    append()
assert number == before + 20, (number, before)
print(number, ",".join(sorted(reasons)))
"""


def all_tokens(root: Path) -> list[str]:
    return sorted(token for name in journal_names(root) for token in tokens_in(root, name))


def fill(journal: LocalJournal, prefix: str, most: int = 5_000) -> tuple[list[str], str]:
    """Appends until it is refused: what was acknowledged, and the reason."""
    acknowledged: list[str] = []
    for number in range(most):
        measure_again(journal)
        try:
            journal.append(hits(f"{prefix}-{number:05d}"))
        except JournalFull as full:
            return acknowledged, str(full)
        acknowledged.append(f"{prefix}-{number:05d}")
    raise AssertionError("it never got full")


def measure_again(journal: LocalJournal) -> None:
    """The size is measured once a second: let that second be over."""
    journal._measured_at = 0.0


def test_at_its_cap_it_is_full_and_has_room_again_once_folded_segments_are_gone(root: Path, open_journal: Open) -> None:
    journal = open_journal(max_bytes=400_000, segment_bytes=4_000)
    acknowledged, reason = fill(journal, "token")
    assert reason == "journal_full" and all_tokens(root) == acknowledged
    trim(root, {journal.name: journal._number}, keep_seconds=0, max_bytes=0)
    measure_again(journal)
    journal.append(hits("after-the-trim"))
    assert all_tokens(root)[0] == "after-the-trim"


def test_a_full_journal_seals_even_a_small_segment_so_that_it_can_be_removed(root: Path, open_journal: Open) -> None:
    journal = open_journal(max_bytes=100_000)
    assert not may_grow(root, journal.name)
    journal.append(hits("some-token"))
    assert may_grow(root, journal.name)
    fill(journal, "token")
    assert not may_grow(root, journal.name)
    trim(root, {journal.name: journal._number + 1}, keep_seconds=1_000, max_bytes=0)
    measure_again(journal)
    journal.append(hits("after-the-trim"))
    assert all_tokens(root) == ["after-the-trim"]


def test_the_other_writers_count_towards_the_cap(root: Path, open_journal: Open) -> None:
    first = open_journal(max_bytes=60_000)
    for number in range(10):
        first.append(hits(*(f"token-{number}-{n:05d}" for n in range(400))))
    with pytest.raises(JournalFull, match="journal_full"):
        open_journal(max_bytes=30_000).append(hits("from-another"))


def test_with_little_of_the_disk_free_it_is_full_until_there_is_more(root: Path) -> None:
    free = [50]
    journal = LocalJournal(root, Limits(min_free_percent=5, disk_usage=lambda _: (10**12, 0, free[0] * 10**9)))
    journal.append(hits("at-five-percent"))
    free[0] = 49
    assert journal.why_full() == "disk_low"
    with pytest.raises(JournalFull, match="disk_low"):
        journal.append(hits("below-five-percent"))
    free[0] = 50
    journal.append(hits("with-room-again"))
    assert all_tokens(root) == ["at-five-percent", "with-room-again"]
    journal.close()


def test_the_cap_is_a_fifth_of_the_free_disk_and_eight_gigabytes_at_most(root: Path) -> None:
    assert default_max_bytes(root, lambda _: (0, 0, 1_000)) == 200
    assert default_max_bytes(root, lambda _: (0, 0, 10**15)) == 8_000_000_000


def test_a_failing_write_is_refused_and_the_next_goes_to_a_journal_of_a_new_name(
    root: Path, open_journal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal()
    before = journal.append(hits("before-it"))
    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "append", _raise_no_space)
        with pytest.raises(JournalFull, match="disk_full"):
            journal.append(hits("lost-and-said-so"))
    after = journal.append(hits("after-it"))
    assert after.journal != before.journal
    assert all_tokens(root) == ["after-it", "before-it"]


def test_without_room_even_for_a_folder_it_never_writes_behind_a_seal(
    root: Path, open_journal: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = open_journal(segment_bytes=200)
    acknowledged = [f"token-{number:02d}" for number in range(12)]
    for token in acknowledged:
        journal.append(hits(token))
    old, make_folder = journal.name, local._make_folder
    with monkeypatch.context() as patch:
        patch.setattr(SegmentWriter, "append", _raise_no_space)
        patch.setattr(local, "_make_folder", _raise_no_space)
        for _ in range(3):
            with pytest.raises(JournalFull):
                journal.append(hits("lost-and-said-so"))
    assert local._make_folder is make_folder
    assert journal.append(hits("with-room-again")).journal != old
    assert all_tokens(root) == [*acknowledged, "with-room-again"]
    assert not list(root.glob(".*"))


def test_a_file_size_limit_loses_nothing_acknowledged_and_it_goes_on_without(root: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(root)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    acknowledged, reasons = done.stdout.split()
    assert set(reasons.split(",")) <= {"disk_error", "disk_full"}
    found = all_tokens(root)
    assert sorted(set(found)) == [f"token-{number:07d}" for number in range(int(acknowledged))]
    # What was refused may be there all the same: the write failed, but nobody knows how far it came.
    assert len(found) - len(set(found)) <= len(journal_names(root))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("a file system of our own can't be mounted here (that takes root)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="there is no mount here")
def test_a_disk_that_is_really_full_refuses_keeps_what_it_has_and_recovers(small_disk: Path) -> None:
    root = small_disk / "journals"
    journal = LocalJournal(root, Limits(max_bytes=10**9, min_free_percent=0))
    (small_disk / "ballast").write_bytes(b"x" * 1_500_000)
    first, reason = fill(journal, "first")
    assert reason in ("disk_full", "disk_error")
    for number in range(5):
        with pytest.raises(JournalFull):
            journal.append(hits(f"refused-{number:02d}", *(f"refused-{n:06d}" for n in range(9_000))))
    (small_disk / "ballast").unlink()
    second = [f"second-{number:05d}" for number in range(50)]
    for token in second:
        journal.append(hits(token))
    found = [token for token in all_tokens(root) if not token.startswith("refused")]
    assert found == sorted([*first, *second])
    journal.close()


def _raise_no_space(*_: object, **__: object) -> None:
    raise OSError(28, "database or disk is full")
