"""Segments in every order and of every condition: all that fit, once, in order, and counted; whatever way was taken to them."""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from little_bell.db import reading, writing
from little_bell.domain.errors import Invalid
from little_bell.domain.exports import Format
from little_bell.domain.number_forms import Include
from little_bell.domain.recipients import FOREVER, HOUR
from little_bell.domain.segments import DAY, Ever, RecipientSort, Segment, segment_of
from little_bell.models import now, to_micros
from little_bell.models.tables import recipients
from little_bell.projector.recipient_counts import Counts
from little_bell.queries import message_walks, segments
from little_bell.queries.paging import Page
from little_bell.queries.segment_files import export_recipients
from little_bell.queries.segments import RecipientRow, count_recipients, count_segments, list_recipients
from tests.fixtures.people import Person

COUNT = 120
Row = dict[str, Any]


def since(days: int) -> int:
    return (to_micros(now()) - days * DAY) // HOUR * HOUR


#: What can be asked for, and who fits.
CONDITIONS: dict[str, tuple[Any, Callable[[Row], bool]]] = {
    "unopened": (3, lambda row: row["human_unopened"] >= 3),
    "opened": (Ever.NEVER, lambda row: row["last_human_opened_at"] == 0),
    "opened_within": (30, lambda row: row["last_human_opened_at"] >= since(30)),
    "not_opened_within": (30, lambda row: row["last_human_opened_at"] < since(30)),
    "clicked": (Ever.EVER, lambda row: row["last_human_clicked_at"] > 0),
    "clicked_within": (90, lambda row: row["last_human_clicked_at"] >= since(90)),
    "not_clicked_within": (90, lambda row: row["last_human_clicked_at"] < since(90)),
    "sent_within": (60, lambda row: row["last_sent_at"] >= since(60)),
    "not_sent_within": (60, lambda row: row["last_sent_at"] < since(60)),
    "new_within": (100, lambda row: row["first_sent_at"] >= since(100)),
    "suppressed": (True, lambda row: row["suppressed_until"] is not None),
    "domain": ("Gmail.com", lambda row: row["domain"] == "gmail.com"),
    "search": ("READER-1", lambda row: row["address"].startswith("reader-1")),
}
FILTERS = [{}, *({name: CONDITIONS[name][0]} for name in CONDITIONS), {"suppressed": False}, {"unopened": 2, "include": Include.ALL}]
FILTERS += [{name: CONDITIONS[name][0] for name in names} for names in (
    ("unopened", "suppressed"), ("unopened", "clicked", "domain"), ("opened", "clicked"), ("search", "clicked_within", "sent_within"),
    ("opened_within", "not_clicked_within"), ("domain", "search"), ("sent_within", "not_sent_within"),
)]  # fmt: skip


def fits(asked: dict[str, Any], row: Row) -> bool:
    if asked == {"suppressed": False}:
        return row["suppressed_until"] is None
    if "include" in asked:
        return bool(row["unopened"] >= 2)
    return all(CONDITIONS[name][1](row) for name in asked)


@pytest.fixture
def rows(engine: Engine, alice: Person) -> list[Row]:
    chance, moment = random.Random(3), to_micros(now())

    def at() -> int:
        return chance.choice([0, moment - chance.randrange(200) * DAY])

    made = []
    for number in range(COUNT):
        domain = chance.choice(["gmail.com", "sub.gmail.com", "example.org"])
        opened, clicked = at(), at()
        made.append({
            "tenant_id": alice.tenant_id, "address": f"reader-{number}@{domain}", "domain": domain, "spellings": None, "campaigns": 9,
            "opened": 1, "human_opened": 1, "clicked": 1, "human_clicked": 1, "first_sent_at": moment - chance.randrange(100, 300) * DAY,
            "last_sent_at": moment - chance.randrange(100) * DAY, "last_opened_at": opened, "last_human_opened_at": opened and at(),
            "last_clicked_at": clicked, "last_human_clicked_at": clicked and at(), "unopened": chance.randrange(4),
            "human_unopened": chance.randrange(24), "suppressed_until": chance.choice([None, None, FOREVER]),
        })  # fmt: skip
    with writing(engine) as connection:
        connection.execute(insert(recipients), made)
        counts = Counts()
        counts.change(alice.tenant_id, made, 1)
        counts.write(connection)
    return made


def walk(engine: Engine, tenant_id: int, wanted: Segment, sort: RecipientSort, limit: int) -> list[RecipientRow]:
    found: list[RecipientRow] = []
    page: Page[RecipientRow] = Page([], None)
    for _ in range(1_000):
        with reading(engine) as connection:
            page = list_recipients(connection, tenant_id, wanted, sort=sort, limit=limit, cursor=page.next_cursor)
        assert len(page.rows) <= limit
        found += page.rows
        if page.next_cursor is None:
            return found
    raise AssertionError("it goes on for ever")


@pytest.mark.parametrize("sort", RecipientSort)
def test_every_segment_shows_all_that_fit_in_order_and_once(
    engine: Engine, alice: Person, rows: list[Row], sort: RecipientSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (few, passed, limit), asked in product(((0, 50, 40), (60, 1_000, 100)), FILTERS):
        monkeypatch.setattr(segments, "FEW", few)
        monkeypatch.setattr(message_walks, "PASSED_ROWS", passed)
        monkeypatch.setattr(message_walks, "FETCHED_ROWS", passed)
        name = sort.removeprefix("-")
        if "include" not in asked:
            name = (
                name.replace("last_opened", "last_human_opened").replace("last_clicked", "last_human_clicked").replace("unop", "human_unop")
            )
        expected = sorted((row for row in rows if fits(asked, row)), key=lambda row: (row[name], row["address"]), reverse=sort[0] == "-")
        found = walk(engine, alice.tenant_id, Segment(**asked), sort, limit)
        assert [row.address for row in found] == [row["address"] for row in expected], (asked, few)


def test_every_segment_is_counted_and_exported_as_it_is_listed(
    engine: Engine, alice: Person, charlie: Person, rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    for asked in FILTERS:
        expected, wanted = [row for row in rows if fits(asked, row)], Segment(**asked)
        with reading(engine) as connection:
            assert count_recipients(connection, alice.tenant_id, wanted) == len(expected), asked
            assert count_recipients(connection, alice.tenant_id, wanted, is_whole=True) == len(expected), asked
            assert count_recipients(connection, charlie.tenant_id, wanted) == 0
            if len(wanted.ranges(0)) <= 1 and not wanted.search and not wanted.domain:
                assert count_segments(connection, alice.tenant_id, [wanted, Segment()]) == [len(expected), COUNT]
        lines = b"".join(export_recipients(lambda: reading(engine), alice.tenant_id, wanted, Format.CSV)).decode().splitlines()
        assert [line.split(",")[0] for line in lines[1:]] == sorted(row["address"] for row in expected)
        assert walk(engine, charlie.tenant_id, wanted, RecipientSort.SENT, 10) == []
    monkeypatch.setattr(segments, "COUNTED", 10)
    with reading(engine) as connection:
        assert count_recipients(connection, alice.tenant_id, Segment(opened=Ever.EVER, clicked=Ever.EVER)) is None


def test_what_can_not_be_asked_for_is_refused(engine: Engine, alice: Person, rows: list[Row]) -> None:
    for field, value in {"unopened": 21, "sent_within": 0, "opened": "maybe", "x": 1}.items():
        with pytest.raises(Invalid) as refused:
            segment_of(**{field: value})
        assert refused.value.field == field
    with reading(engine) as connection:
        cursor = list_recipients(connection, alice.tenant_id, Segment(), limit=2).next_cursor
        with pytest.raises(Invalid):
            list_recipients(connection, alice.tenant_id, Segment(), sort=RecipientSort.NEW, cursor=cursor)
