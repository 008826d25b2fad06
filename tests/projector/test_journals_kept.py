"""Journals stay as long as they may be needed, and go when they are folded and old, or in the way."""

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.journal.base import JournalFull
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.reader import journal_names
from little_bell.journal.segment import segment_numbers, segment_path
from little_bell.models import now
from little_bell.models.tables import journal_positions
from little_bell.projector.upkeep import Keeping
from tests.projector.conftest import Post, open_of

DAY = 24 * 3600


def age(post: Post, name: str, seconds: float) -> None:
    for number in segment_numbers(post.journals / name):
        os.utime(segment_path(post.journals / name, number), (time.time() - seconds,) * 2)


def known(post: Post) -> set[str]:
    return {row[0] for row in post.rows(select(journal_positions.c.journal))}


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def ended_writer(post: Post, *tokens: str) -> str:
    journal = LocalJournal(post.journals, Limits(min_free_percent=0, segment_bytes=1))
    for token in tokens:
        journal.append([open_of(token)])
    journal.close()
    return journal.name


def test_an_old_journal_that_is_folded_and_has_no_writer_goes_with_its_position(post: Post) -> None:
    post.register("some-token")
    name = ended_writer(post, "some-token", "some-token")
    with post.projecting() as running:
        running.fold()
        running.keep_rare_house()
        assert name in journal_names(post.journals), "it is young"
        age(post, name, 4 * DAY)
        running.keep_rare_house()
        running.fold()
    assert name not in journal_names(post.journals) and name not in known(post)
    assert len(post.events()) == 2


def test_a_journal_that_is_not_folded_stays_however_old(post: Post) -> None:
    name = ended_writer(post, "some-token")
    age(post, name, 400 * DAY)
    with post.projecting() as running:
        running.keep_rare_house()
        assert name in journal_names(post.journals)
        running.fold()
    assert running.projection.parked == 1


def test_the_journal_of_a_living_writer_stays_and_is_read_on(post: Post) -> None:
    post.register("some-token")
    post.write(open_of("some-token"))
    with post.projecting() as running:
        running.fold()
        age(post, post.journal.name, 400 * DAY)
        running.keep_rare_house()
        post.write(open_of("some-token", 61))
        running.fold()
    assert len(post.events()) == 2


def test_what_is_folded_makes_room_in_a_full_journal(post: Post) -> None:
    post.register("some-token")
    post.journal.close()
    post.journal = LocalJournal(post.journals, Limits(max_bytes=120_000, min_free_percent=0))
    written = 0
    try:
        while written < 5_000:
            post.journal._measured_at = 0.0
            post.write(open_of("some-token", written))
            written += 1
    except JournalFull:
        pass
    with post.projecting() as running:
        running.upkeep._keeping = Keeping(3 * DAY, 60_000)
        running.fold()
        running.keep_rare_house()
        post.journal._measured_at = 0.0
        post.write(open_of("some-token", written))
        running.fold()
    assert 0 < written < 5_000 and len(post.events()) == written + 1


def test_a_journal_that_is_away_for_a_while_is_not_folded_again(post: Post) -> None:
    post.register("some-token")
    name = ended_writer(post, "some-token")
    post.project()
    (post.journals / name).rename(post.journals / f".{name}")
    with post.projecting() as running:
        running.keep_rare_house()
    (post.journals / f".{name}").rename(post.journals / name)
    post.project()
    assert len(post.events()) == 1


def test_a_journal_that_is_away_for_a_year_is_forgotten(post: Post) -> None:
    name = ended_writer(post, "some-token")
    post.project()
    shutil.rmtree(post.journals / name)
    with writing(post.engine) as connection:
        connection.execute(update(journal_positions).values(folded_at=now() - timedelta(days=366)))
    with post.projecting() as running:
        running.keep_rare_house()
    assert name not in known(post)


def test_what_a_writer_leaves_that_never_wrote_is_cleared_away(post: Post) -> None:
    idle, killed, living = LocalJournal(post.journals), LocalJournal(post.journals), LocalJournal(post.journals)
    idle.close()
    killed.close()
    segment_path(post.journals / killed.name, 1).touch()
    age(post, killed.name, 4 * DAY)
    with post.projecting() as running:
        running.keep_rare_house()
    assert journal_names(post.journals) == sorted([living.name, post.journal.name])
    living.close()


def test_thousands_of_ended_journals_take_no_open_files(post: Post) -> None:
    """Every command of the command line leaves one."""
    post.register("some-token")
    for _ in range(120):
        ended_writer(post, "some-token")
    before = open_files()
    with post.projecting() as running:
        running.fold()
        running.fold()
        assert open_files() < before + 20
        ended_writer(post, "some-token")
        running.fold()
    assert len(post.events()) == 121


def test_one_busy_journal_does_not_keep_the_others_waiting(post: Post) -> None:
    post.register("some-token", "other-token")
    busy, names = LocalJournal(post.journals), []
    while len(names) < 3:  # whatever the order of their random names
        names.append(ended_writer(post, "other-token"))
    with post.projecting() as running:
        running.loop._size = 10
        running.loop._adapt = lambda *_: None  # type: ignore[method-assign]
        for round_ in range(4):
            busy.append([open_of("some-token", 60 + 100 * round_ + number) for number in range(50)])
            running.loop.step()
        kinds = [message_id for _, message_id in post.events()]
        assert kinds.count(max(kinds)) == 3
    busy.close()
