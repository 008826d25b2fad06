"""Of a shared journal's writers those are remembered of whom something may still come; what comes later is set aside, not guessed at."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from little_bell.chores import replay
from little_bell.db import writing
from little_bell.installation import Installation
from little_bell.journal.pieces import pieces_of
from little_bell.journal.writers import KNOWN_FOR, is_worn, may_be_forgotten, new_name, taken_at
from little_bell.models import now
from little_bell.models.tables import dead_records, journal_partitions, journal_sources
from little_bell.projector.stream_watch import forget_writers
from tests.projector.conftest import open_of
from tests.projector.shared_post import PARTITIONS, SharedPost, eventually


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def name_of(days_ago: float) -> str:
    """A writer's that took its name so long ago."""
    then = now() - timedelta(days=days_ago)
    return f"{int(then.timestamp() * 1_000):012x}{new_name()[12:]}"


def test_a_name_says_when_it_was_taken_and_is_worn_out_after_a_day() -> None:
    name = new_name()
    assert len({name, new_name()}) == 2 and len(name) == 32 and abs(taken_at(name) - now()) < timedelta(seconds=5)  # type: ignore[operator]
    assert not is_worn(name) and is_worn(name_of(1.1)) and is_worn(name_of(-1.1)) and is_worn("f" * 32)
    assert may_be_forgotten(name_of(90)) and not may_be_forgotten(name_of(88)) and not may_be_forgotten("f" * 32)


def test_what_comes_of_a_writer_that_may_be_forgotten_is_set_aside_and_counts_by_hand(shared: SharedPost) -> None:
    shared.register("token-one")
    known, unknown, young = name_of(100), name_of(100), name_of(80)
    with writing(shared.engine) as connection:
        rows = [{"partition": part, "source": known, "sequence": 5 << 16, "folded_at": now()} for part in range(PARTITIONS + 1)]
        connection.execute(insert(journal_sources), rows)

    def forward(source: str, batch: int, minute: int) -> None:
        [wave] = pieces_of([open_of("token-one", minute)], shared.stream, PARTITIONS, source, batch).waves
        for packet in wave:
            shared.link.call(shared.link.client.jetstream().publish(packet.subject, packet.data), 5)

    with shared.shared_out(1):
        forward(known, 5, 60)  # it was folded before
        forward(known, 6, 61)
        forward(young, 1, 62)
        forward(unknown, 1, 63)
        forward(unknown, 2, 64)
        shared.wait_until_folded()
    assert shared.stats("opens") == (2,)
    [(why,)] = set(shared.rows(select(dead_records.c.reason)))
    assert "nobody knows any more whether it was counted" in why
    dead = [id_ for (id_,) in shared.rows(select(dead_records.c.id))]
    assert len(dead) == 2 and shared.rows(select(journal_sources.c.source).where(journal_sources.c.source == unknown)) == []
    replay(Installation(shared.settings, shared.engine, "default", "tests"), dead, lambda _done: None)
    assert shared.stats("opens") == (4,) and shared.recount().differences == []


def test_writers_are_forgotten_that_were_silent_for_long_and_whose_packets_are_gone_from_the_stream(shared: SharedPost) -> None:
    long_ago = now() - KNOWN_FOR - timedelta(hours=1)
    silent, older_version, heard = name_of(100), "4" * 32, name_of(100)
    with writing(shared.engine) as connection:
        for source, folded_at in ((silent, long_ago), (older_version, long_ago), (heard, now() - timedelta(days=89))):
            connection.execute(insert(journal_sources).values(partition=1, source=source, sequence=7, folded_at=folded_at))
        connection.execute(insert(journal_sources).values(partition=2, source=silent, sequence=7, folded_at=long_ago))

    def known() -> set[tuple[int, str]]:
        return {(row[0], row[1]) for row in shared.rows(select(journal_sources.c.partition, journal_sources.c.source))}

    before = known()
    with writing(shared.engine) as connection:
        forget_writers(connection, 1, long_ago - timedelta(days=1))  # what was folded since then may still lie in the stream
    assert known() == before
    with writing(shared.engine) as connection:
        forget_writers(connection, 1, now() - timedelta(days=3))
    assert known() == before - {(1, silent)}


def test_projectors_forget_while_they_trim_the_stream(shared: SharedPost) -> None:
    silent = name_of(100)
    with writing(shared.engine) as connection:
        long_ago = now() - KNOWN_FOR - timedelta(hours=1)
        connection.execute(insert(journal_sources).values(partition=1, source=silent, sequence=7, folded_at=long_ago))
        connection.execute(update(journal_partitions).values(noted_at=now() - timedelta(days=7)))
    with shared.shared_out(1):
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
        eventually(lambda: shared.rows(select(journal_sources.c.source).where(journal_sources.c.source == silent)) == [])
