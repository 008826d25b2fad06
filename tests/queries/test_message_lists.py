"""Lists of messages: every filter in every order shows what it should, once, however little a page may look at."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.domain.errors import Invalid
from little_bell.domain.readings import MessageSort, Reading
from little_bell.models import from_micros
from little_bell.models.tables import campaigns, link_clicks, links, messages
from little_bell.queries import message_walks
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.messages import MessageRow
from tests.fixtures.people import Person

COUNT = 48
START = 1_800_000_000_000_000
DOMAINS = ("gmail.com", "Example.org", "notgmail.com")
#: How far messages came, with which status, and whether a person was there: repeated over all of them.
STAGES = (
    ("queued", None, None),
    ("sent", None, None),
    ("delivered", None, None),
    ("opened", None, None),
    ("opened", 7, None),
    ("clicked", None, None),
    ("clicked", 3, None),
    ("clicked", 5, 9),
    ("bounced", None, None),
)
FILTERS: Mapping[str, tuple[dict[str, Any], Callable[[MessageRow], bool]]] = {
    "all": ({}, lambda _: True),
    "status": ({"status": "bounced"}, lambda row: row.status == "bounced"),
    "nobody opened": ({"opened": Reading.NONE}, lambda row: row.opened_at is None),
    "no person opened": ({"opened": Reading.NOT_HUMAN}, lambda row: row.human_opened_at is None),
    "a person opened": ({"opened": Reading.HUMAN}, lambda row: row.human_opened_at is not None),
    "machines opened": ({"opened": Reading.MACHINE}, lambda row: row.opened_at is not None and row.human_opened_at is None),
    "anybody clicked": ({"clicked": Reading.ANY}, lambda row: row.clicked_at is not None),
    "machines clicked": ({"clicked": Reading.MACHINE}, lambda row: row.clicked_at is not None and row.human_clicked_at is None),
    "opened, not clicked": (
        {"opened": Reading.HUMAN, "clicked": Reading.NOT_HUMAN},
        lambda row: row.human_opened_at is not None and row.human_clicked_at is None,
    ),
    "a domain": ({"domain": "GMAIL.com"}, lambda row: row.recipient_email.endswith("@gmail.com")),
    "a text": ({"search": "R3"}, lambda row: "r3" in row.recipient_email),
    "a text that is a pattern": ({"search": "r_"}, lambda row: "r_" in row.recipient_email),
}


@pytest.fixture
def campaign_id(engine: Engine, alice: Person) -> int:
    """A campaign with messages at every stage, beside another that nobody asks for."""
    with writing(engine) as connection:
        found = create_campaign(connection, alice.tenant_id, NewCampaign(name="a"), "test")
        other = create_campaign(connection, alice.tenant_id, NewCampaign(name="b"), "test")
        for number in range(COUNT):
            stage, seen, followed = STAGES[number % len(STAGES)]
            address = f"r{number * 7 % COUNT}@{DOMAINS[number % 3]}"
            new = [NewMessage(campaign_id=one, recipient_email=address) for one in (found, other)]
            made = [one.id for one in create_messages(connection, alice.tenant_id, new)]
            at = from_micros(START)
            values = {
                "status": stage,
                "opened_at": at if stage in ("opened", "clicked") else None,
                "clicked_at": at if stage == "clicked" else None,
                "human_opened_at": None if seen is None else from_micros(START + seen),
                "human_clicked_at": None if followed is None else from_micros(START + followed),
            }
            connection.execute(update(messages).where(messages.c.id.in_(made)).values(**values))
        return found


def walk(engine: Engine, tenant_id: int, wanted: MessageFilter, sort: MessageSort, limit: int) -> list[MessageRow]:
    rows: list[MessageRow] = []
    cursor = None
    with reading(engine) as connection:
        while True:
            page = list_messages(connection, tenant_id, wanted, sort=sort, limit=limit, cursor=cursor)
            assert len(page.rows) <= limit
            rows += page.rows
            cursor = page.next_cursor
            if cursor is None:
                return rows


def in_order(rows: list[MessageRow], sort: MessageSort) -> list[int]:
    name = sort.removeprefix("-")
    is_falling = sort.startswith("-")

    def key(row: MessageRow) -> tuple[Any, ...]:
        value = getattr(row, name)
        return (row.id,) if name == "created_at" else (value is not None, value, row.id) if value is not None else (False, row.id)

    return [row.id for row in sorted(rows, key=key, reverse=is_falling)]


@pytest.mark.parametrize("sort", MessageSort)
def test_every_filter_shows_all_that_fit_in_order_and_once(
    engine: Engine, alice: Person, campaign_id: int, sort: MessageSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = walk(engine, alice.tenant_id, MessageFilter(campaign_id), MessageSort.OLDEST, 100)
    assert len(every) == COUNT
    for (passed, limit), (name, (asked, fits)) in product(((5, 4), (1_000, 7), (1_000, 100)), FILTERS.items()):
        monkeypatch.setattr(message_walks, "PASSED_ROWS", passed)
        monkeypatch.setattr(message_walks, "FETCHED_ROWS", passed - 2)
        found = walk(engine, alice.tenant_id, MessageFilter(campaign_id, **asked), sort, limit)
        assert [row.id for row in found] == in_order([row for row in every if fits(row)], sort), (name, passed, limit)


@pytest.mark.parametrize("sort", MessageSort)
def test_who_followed_a_link_is_found_in_every_order(engine: Engine, alice: Person, campaign_id: int, sort: MessageSort) -> None:
    every = walk(engine, alice.tenant_id, MessageFilter(campaign_id), MessageSort.OLDEST, 100)
    there = {"tenant_id": alice.tenant_id, "campaign_id": campaign_id}
    with writing(engine) as connection:
        new = insert(links).values(**there, url="https://example.org/", url_hash="x", created_at=from_micros(START))
        link_id = connection.execute(new.returning(links.c.id)).scalar_one()
        followers = [row for row in every if row.clicked_at is not None]
        clicks = [
            {**there, "message_id": row.id, "link_id": link_id, "first_at": from_micros(START), "clicks": 1, "human_clicks": 0}
            for row in followers
        ]
        connection.execute(insert(link_clicks), clicks)
    wanted = MessageFilter(campaign_id, link_id=link_id)
    assert [row.id for row in walk(engine, alice.tenant_id, wanted, sort, 3)] == in_order(followers, sort)
    people = MessageFilter(campaign_id, link_id=link_id, clicked=Reading.HUMAN)
    expected = in_order([row for row in followers if row.human_clicked_at], sort)
    assert [row.id for row in walk(engine, alice.tenant_id, people, sort, 3)] == expected


def test_messages_of_all_campaigns_come_in_the_order_they_were_registered(engine: Engine, alice: Person, campaign_id: int) -> None:
    found = [row.id for row in walk(engine, alice.tenant_id, MessageFilter(), MessageSort.OLDEST, 10)]
    assert len(found) == 2 * COUNT and found == sorted(found)
    assert [row.id for row in walk(engine, alice.tenant_id, MessageFilter(), MessageSort.NEWEST, 10)] == found[::-1]
    with reading(engine) as connection, pytest.raises(Invalid, match="within one campaign"):
        list_messages(connection, alice.tenant_id, MessageFilter(), sort=MessageSort.RECIPIENT)
    with writing(engine) as connection:
        connection.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(deleted_at=from_micros(START)))
    assert len(walk(engine, alice.tenant_id, MessageFilter(), MessageSort.OLDEST, 10)) == COUNT
    assert walk(engine, alice.tenant_id, MessageFilter(campaign_id), MessageSort.RECIPIENT, 10) == []


@pytest.mark.parametrize("sort", MessageSort)
def test_charlie_lists_none_of_alices(engine: Engine, alice: Person, charlie: Person, campaign_id: int, sort: MessageSort) -> None:
    assert walk(engine, charlie.tenant_id, MessageFilter(campaign_id), sort, 10) == []
    assert walk(engine, charlie.tenant_id, MessageFilter(campaign_id, link_id=1, domain="gmail.com"), sort, 10) == []
    assert walk(engine, charlie.tenant_id, MessageFilter(), MessageSort.OLDEST, 10) == []
    assert walk(engine, alice.tenant_id, MessageFilter(campaign_id), sort, 10)


def test_a_cursor_of_another_order_is_refused(engine: Engine, alice: Person, campaign_id: int) -> None:
    with reading(engine) as connection:
        cursor = list_messages(connection, alice.tenant_id, MessageFilter(campaign_id), limit=2).next_cursor
        with pytest.raises(Invalid):
            list_messages(connection, alice.tenant_id, MessageFilter(campaign_id), sort=MessageSort.RECIPIENT, cursor=cursor)


def test_an_offset_counts_the_messages_that_fit(engine: Engine, alice: Person, campaign_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_walks, "PASSED_ROWS", 5)
    wanted = MessageFilter(campaign_id, status="bounced")
    every = walk(engine, alice.tenant_id, wanted, MessageSort.OLDEST, 10)
    with reading(engine) as connection:
        assert list_messages(connection, alice.tenant_id, wanted, limit=2, offset=2).rows == every[2:4]
