"""A record that can't be folded is set aside with its reason; it neither stops nor spoils the rest."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from little_bell.journal.local import LocalJournal
from little_bell.journal.records import FORMAT, Hit, decode_one, encode, encode_one
from little_bell.journal.segment import segment_path
from little_bell.models.tables import dead_records
from little_bell.projector.lag import records_behind
from tests.projector.conftest import START, Post, open_of

NONSENSE = Hit("nonsense", "token-one", START, 0, True)


def dead(post: Post) -> list[tuple[str, bytes]]:
    return [(row[0], row[1]) for row in post.rows(select(dead_records.c.reason, dead_records.c.record).order_by(dead_records.c.id))]


def assert_folded(post: Post, opens: int) -> None:
    assert post.stats("opens") == (opens,)
    assert len(post.events()) == opens
    assert records_behind(post.engine, post.journals) == 0
    assert post.recount().differences == []


@pytest.mark.parametrize("place", [0, 3, 6])
def test_one_bad_record_is_set_aside_and_the_rest_is_folded(post: Post, place: int) -> None:
    post.register("token-one")
    good = [open_of("token-one", 60 + number) for number in range(6)]
    position = post.write(*good[:place], NONSENSE, *good[place:])
    post.project()
    assert_folded(post, 6)
    [(reason, record)] = dead(post)
    assert reason.startswith("KeyError") and decode_one(record) == NONSENSE
    where = post.rows(select(dead_records.c.journal, dead_records.c.segment, dead_records.c.offset))
    assert where == [(position.journal, position.segment, position.offset)]


def test_many_bad_records_are_all_found_and_never_folded_again(post: Post) -> None:
    post.register("token-one")
    for number in range(40):
        post.write(open_of("token-one", 60 + number), *[NONSENSE] * (number % 3 == 0))
    post.project()
    post.project()
    assert_folded(post, 40)
    assert len(dead(post)) == 14


def test_a_batch_of_nothing_but_bad_records_is_passed(post: Post) -> None:
    [message_id] = post.register("token-one")
    broken = post.mark(message_id, "bounced", bounce={"no such": "field"})
    post.write(broken, broken)
    post.write(open_of("token-one"))
    post.project()
    assert_folded(post, 1)
    assert [decode_one(record) for _, record in dead(post)] == [broken, broken]


def test_text_that_a_database_cannot_hold_is_set_aside_or_stored_but_stops_nothing(post: Post) -> None:
    [message_id, _] = post.register("token-one", "token-two")
    bounce: dict[str, str | None] = {"bounce_type": "permanent", "category": "unknown", "reason": "a NUL \0 in it"}
    post.write(post.mark(message_id, "bounced", bounce=bounce), open_of("token-two"))
    post.project()
    assert len(dead(post)) == (post.engine.dialect.name == "postgresql")
    assert post.stats("opens") == (1,)
    assert post.recount().differences == []


def test_what_a_later_version_wrote_is_kept_for_it(post: Post) -> None:
    post.register("token-one")
    post.write(open_of("token-one"))
    post.write(open_of("token-one", 61))
    change_batch(post, 1, "format = ?", FORMAT + 1)
    post.project()
    assert_folded(post, 1)
    [(reason, record)] = dead(post)
    assert "newer version" in reason and record == encode([open_of("token-one")])


def test_an_unknown_kind_of_record_among_known_ones_is_set_aside_alone(post: Post) -> None:
    post.register("token-one")
    post.write(open_of("token-one"))
    unknown = msgspec.msgpack.encode(["telegram", 1, 2, 3])
    body = msgspec.msgpack.encode([msgspec.Raw(encode_one(open_of("token-one", 61))), msgspec.Raw(unknown)])
    change_batch(post, 1, "is_packed = 0, body = ?", body)
    post.project()
    assert_folded(post, 1)
    assert [record for _, record in dead(post)] == [unknown]


@pytest.mark.parametrize("damage", ["is_packed = 0, body = ?", "is_packed = 1, body = ?"], ids=["unreadable", "not even unpacked"])
def test_a_damaged_batch_is_set_aside_whole(post: Post, damage: str) -> None:
    post.register("token-one")
    post.write(open_of("token-one"))
    post.write(open_of("token-one", 61))
    change_batch(post, 1, damage, b"\xc1 this is not what was written")
    post.project()
    assert_folded(post, 1)
    assert [record for _, record in dead(post)] == [b"\xc1 this is not what was written"]


def test_a_bad_record_that_was_parked_dies_when_its_message_appears(post: Post) -> None:
    post.write(NONSENSE, open_of("token-one"))
    with post.projecting() as running:
        running.fold()
        post.register("token-one")
        running.keep_house()
    assert_folded(post, 1)
    assert [decode_one(record) for _, record in dead(post)] == [NONSENSE]


def change_batch(post: Post, offset: int, change: str, value: object) -> None:
    """Damage what the journal holds, behind its writer's back."""
    path: Path = segment_path(post.journals / post.journal.name, 1)
    with sqlite3.connect(path) as connection:
        connection.execute(f'UPDATE batches SET {change} WHERE "offset" = ?', (value, offset))
    connection.close()


def test_a_batch_larger_than_any_list_of_parameters_may_be_is_folded(post: Post) -> None:
    opens = [Hit("opened", f"unknown-{number:06d}", START, 0, True, agent=f"Mail/{number}") for number in range(40_000)]
    writer = LocalJournal(post.journals)
    for start in range(0, 40_000, 10_000):
        writer.append(list(opens[start : start + 10_000]))
    writer.close()
    with post.projecting() as running:
        running.loop._size = 20_000
        running.fold()
        assert running.projection.parked == 40_000
    assert dead(post) == []
