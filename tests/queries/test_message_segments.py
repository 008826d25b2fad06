"""A campaign's messages by segments of their recipients: all that fit, in order and once, whichever side the way begins on."""

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.db import reading, writing
from little_bell.domain.addresses import address_key
from little_bell.domain.errors import Invalid
from little_bell.domain.exports import Format, What
from little_bell.domain.readings import MessageSort, Reading
from little_bell.domain.recipients import HOUR
from little_bell.domain.segments import DAY, Ever, Segment
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import campaigns, message_events, messages, recipients
from little_bell.projector.recipients import settle
from little_bell.queries import message_segments, message_walks
from little_bell.queries.export_formats import export
from little_bell.queries.message_counts import count_messages
from little_bell.queries.message_lists import MessageFilter, list_messages, messages_wanted
from little_bell.queries.messages import MessageRow
from tests.fixtures.people import Person

#: Each as senders write it: in capitals, with a tag, in foreign letters, with a dot at its end.
PEOPLE = ["ann@example.com", "Ann@Example.com", "bob+news@example.com", "BOB@example.com", "jürgen@müller.example", "Jürgen@MÜLLER.example"]
PEOPLE += [f"reader-{number}@{'Sub.' if number % 3 else ''}example.org" for number in range(14)]
Row = dict[str, Any]
MOMENT = to_micros(now())


def since(days: int) -> int:
    return (MOMENT - days * DAY) // HOUR * HOUR


SEGMENTS: list[tuple[Segment, Callable[[Row], bool]]] = [
    (Segment(unopened=1), lambda row: row["human_unopened"] >= 1),
    (Segment(unopened=2), lambda row: row["human_unopened"] >= 2),
    (Segment(opened=Ever.NEVER), lambda row: row["last_human_opened_at"] == 0),
    (Segment(opened_within=30), lambda row: row["last_human_opened_at"] >= since(30)),
    (Segment(not_opened_within=30, sent_within=300), lambda row: row["last_human_opened_at"] < since(30)),
    (Segment(suppressed=True), lambda _row: False),
    (Segment(suppressed=False, clicked=Ever.NEVER), lambda row: row["last_human_clicked_at"] == 0),
]
#: How many recipients are few, how many messages are put in order, how many a page passes, and its length.
BOUNDS = ((0, 0, 9, 4), (100, 5, 9, 4), (100, 1_000, 1_000, 7))


@pytest.fixture
def campaign_ids(engine: Engine, alice: Person, charlie: Person) -> list[int]:
    """Three campaigns of Alice's to people, some twice in a campaign, and one of Charlie's to the same."""
    chance, ids = random.Random(11), []
    with writing(engine) as connection:
        for number, owner in enumerate((alice, alice, alice, charlie)):
            campaign_id = create_campaign(connection, owner.tenant_id, NewCampaign(name="a"), "test")
            ids.append(campaign_id)
            sent = MOMENT - (100 - 30 * number) * DAY
            for place, email in enumerate(chance.choices(PEOPLE, k=60)):
                opened = from_micros(sent + place * HOUR) if chance.random() < 0.3 else None
                values = {"opened_at": opened, "human_opened_at": opened, "status": "opened" if opened else "sent"}
                own = {"tenant_id": owner.tenant_id, "campaign_id": campaign_id, "token": f"token-{number}-{place}"}
                new = {
                    "recipient_email": email,
                    "created_at": from_micros(sent),
                    "updated_at": from_micros(sent),
                    "sent_at": from_micros(sent),
                    **own,
                    **values,
                }
                connection.execute(insert(messages).values(**new))
        for owner in (alice, charlie):
            whom: dict[tuple[int, str], set[str]] = {}
            for email in PEOPLE:
                whom.setdefault((owner.tenant_id, address_key(email)), set()).add(email)
            settle(connection, whom)
    return ids


def walk(engine: Engine, tenant_id: int, wanted: MessageFilter, sort: MessageSort, limit: int) -> list[MessageRow]:
    found: list[MessageRow] = []
    cursor = None
    for _ in range(1_000):
        with reading(engine) as connection:
            page = list_messages(connection, tenant_id, wanted, sort=sort, limit=limit, cursor=cursor)
        assert len(page.rows) <= limit
        found, cursor = found + page.rows, page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("it goes on for ever")


def rows_of(engine: Engine, tenant_id: int) -> dict[str, Row]:
    with reading(engine) as connection:
        found = connection.execute(select(recipients).where(recipients.c.tenant_id == tenant_id)).mappings().all()
    return {row["address"]: dict(row) for row in found}


@pytest.mark.parametrize("sort", MessageSort)
def test_every_segment_shows_all_messages_to_it_in_order_and_once(
    engine: Engine, alice: Person, charlie: Person, campaign_ids: list[int], sort: MessageSort, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = rows_of(engine, alice.tenant_id)
    assert {"jürgen@xn--mller-kva.example", "bob+news@example.com", "bob@example.com"} <= known.keys()
    every = walk(engine, alice.tenant_id, MessageFilter(campaign_ids[2]), sort, 100)
    for (few, theirs, passed, limit), (segment, fits) in product(BOUNDS, SEGMENTS):
        monkeypatch.setattr(message_segments, "FEW", few)
        monkeypatch.setattr(message_segments, "THEIRS", theirs)
        monkeypatch.setattr(message_walks, "FETCHED_ROWS", passed)
        wanted = MessageFilter(campaign_ids[2], recipients=segment)
        expected = [row.id for row in every if fits(known[address_key(row.recipient_email)])]
        assert [row.id for row in walk(engine, alice.tenant_id, wanted, sort, limit)] == expected, (few, segment)
        both = MessageFilter(campaign_ids[2], recipients=segment, opened=Reading.HUMAN, domain="example.org")
        some = [row.id for row in every if row.id in expected and row.opened_at and row.recipient_email.lower().endswith("@example.org")]
        assert [row.id for row in walk(engine, alice.tenant_id, both, sort, limit)] == some, (few, segment)
        assert walk(engine, charlie.tenant_id, wanted, sort, limit) == []
    assert len(walk(engine, alice.tenant_id, MessageFilter(campaign_ids[2], recipients=SEGMENTS[0][0]), sort, 100)) > 5


def test_they_are_counted_and_exported_as_they_are_listed(engine: Engine, alice: Person, charlie: Person, campaign_ids: list[int]) -> None:
    for segment, _ in SEGMENTS:
        wanted = MessageFilter(campaign_ids[1], recipients=segment)
        listed = [row.id for row in walk(engine, alice.tenant_id, wanted, MessageSort.OLDEST, 100)]
        with reading(engine) as connection:
            assert count_messages(connection, alice.tenant_id, wanted) == len(listed)
        pieces = export(lambda: reading(engine), alice.tenant_id, campaign_ids[1], What.MESSAGES, Format.CSV, wanted)
        lines = b"".join(pieces).decode().splitlines()[1:]
        assert [int(line.split(",")[0]) for line in lines] == listed
        theirs = MessageFilter(campaign_ids[3], recipients=segment)
        assert walk(engine, alice.tenant_id, theirs, MessageSort.OLDEST, 100) == []


def test_a_tenants_recipients_say_nothing_of_anothers(engine: Engine, alice: Person, charlie: Person, campaign_ids: list[int]) -> None:
    wanted = MessageFilter(campaign_ids[3], recipients=Segment(unopened=3))
    assert walk(engine, charlie.tenant_id, wanted, MessageSort.OLDEST, 100) == []  # they got one campaign
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(message_events)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(campaigns)).scalar_one() == 4


@pytest.mark.parametrize(
    "asked",
    [{"recipient_unopened": 21}, {"recipient_opened": "maybe"}, {"recipient_suppressed": "yes"}, {"recipient_x": 1}, {"unopened": 1},
     {"recipient_domain": "example.com"}, {"recipient_clicked_within": 0}, {"recipient_include": "people"}],
)  # fmt: skip
def test_words_that_mean_nothing_are_refused_by_their_name(asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        messages_wanted(1, **asked)
    assert refused.value.field == next(iter(asked))
    assert str(refused.value).startswith(next(iter(asked)))
