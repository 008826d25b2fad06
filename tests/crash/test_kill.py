"""`kill -9` at any moment: what was answered is there, once, and the counters say so."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from little_bell.journal.local import LocalJournal
from little_bell.journal.reader import journal_names
from little_bell.journal.records import Hit, Record
from little_bell.journal.segment import SegmentReader, segment_numbers, segment_path
from little_bell.models import now, to_micros
from little_bell.models.tables import projector_lease
from little_bell.projector.lag import records_behind
from tests.crash.conftest import Answers, House, kill, wait_until

ROUNDS = 5
CLIENTS = 8


def test_a_server_killed_under_load_again_and_again_loses_nothing_it_answered(house: House) -> None:
    house.project()
    chance = random.Random(5)
    rounds: list[Answers] = []
    for _ in range(ROUNDS):
        server = house.serve()

        async def killed_in_the_middle(answers: Answers, server=server) -> None:  # type: ignore[no-untyped-def]
            enough = chance.randrange(300, 700)
            while len(answers.answered) < enough:
                await asyncio.sleep(0.002)
            kill(server)

        rounds.append(house.load(CLIENTS, killed_in_the_middle))
        assert rounds[-1].statuses.keys() == {200, 302}
    assert any(answers.asked > answers.answered for answers in rounds), "some were on their way"
    house.wait_until_folded()
    house.assert_exact(*rounds)


@pytest.fixture
def any_house(database: str, tmp_path: Path) -> Iterator[House]:
    """An installation on each kind of database."""
    house = House(database, tmp_path)
    yield house
    house.close()


def epoch(house: House) -> int:
    with house.engine.connect() as connection:
        return connection.execute(select(projector_lease.c.epoch)).scalar() or 0


def test_a_projector_killed_in_mid_batch_again_and_again_folds_each_event_once(any_house: House) -> None:
    house, chance, moment = any_house, random.Random(7), to_micros(now())
    journal = LocalJournal(house.journals)
    answers = Answers()

    def more(count: int) -> None:
        numbers = range(len(answers.answered), len(answers.answered) + count)
        for start in range(numbers.start, numbers.stop, 500):
            some = numbers[start - numbers.start : start - numbers.start + 500]
            records: list[Record] = [
                Hit("opened", house.tokens[n % 200], moment, 0, True, address=f"10.0.{n % 250}.1", agent=f"Mail/{n}") for n in some
            ]
            journal.append(records)
        answers.asked |= set(numbers)
        answers.answered |= set(numbers)

    more(12_000)
    interrupted = 0
    for _ in range(ROUNDS):
        before = epoch(house)
        projector = house.project()
        wait_until(lambda before=before: epoch(house) > before, "it has the lease")  # type: ignore[misc]
        wait = chance.random() * 0.25
        with pytest.raises(TimeoutError):
            asyncio.run(asyncio.wait_for(asyncio.Event().wait(), wait))  # a moment of its own for each round
        kill(projector)
        interrupted += records_behind(house.engine, house.journals) > 0
        more(1_000)
    assert interrupted >= 3
    journal.close()
    house.project()
    house.wait_until_folded()
    house.assert_exact(answers)


def test_a_database_locked_for_ten_seconds_is_noticed_by_no_reader_and_loses_nothing(house: House) -> None:
    house.project()
    house.serve()

    async def locked_in_the_middle(answers: Answers) -> None:
        await asyncio.sleep(0.3)
        with house.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            before = len(answers.answered)
            await asyncio.sleep(10)
            connection.rollback()
        assert len(answers.answered) - before > 500, "readers were answered meanwhile"
        await asyncio.sleep(0.3)

    answers = house.load(CLIENTS, locked_in_the_middle, pause=0.05)
    assert answers.statuses.keys() == {200, 302}
    assert answers.slowest < 1.0, "no reader waited for it"
    house.wait_until_folded()
    house.assert_exact(answers)


def test_a_server_asked_to_end_answers_what_is_on_its_way_and_seals_its_journal(house: House) -> None:
    server = house.serve()

    async def ended_in_the_middle(answers: Answers) -> None:
        while len(answers.answered) < 300:
            await asyncio.sleep(0.002)
        server.terminate()
        while server.poll() is None:
            await asyncio.sleep(0.01)

    answers = house.load(CLIENTS, ended_in_the_middle)
    assert server.returncode == 0 and answers.statuses.keys() == {200, 302}
    [name] = journal_names(house.journals)
    last = segment_numbers(house.journals / name)[-1]
    with closing(SegmentReader(segment_path(house.journals / name, last), last)) as segment:
        assert segment.is_sealed()
    house.project()
    house.wait_until_folded()
    house.assert_exact(answers)
