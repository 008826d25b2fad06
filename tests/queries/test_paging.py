"""Pages by keyset."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.domain.errors import Invalid
from little_bell.queries import paging
from little_bell.queries.campaigns import SORTS, list_campaigns
from little_bell.queries.messages import MessageFilter, list_messages
from little_bell.queries.paging import decode_cursor, encode_cursor
from tests.fixtures.people import Person


@given(st.text(), st.integers(-(2**63) + 1, 2**63 - 1))
def test_a_cursor_comes_back_as_it_was_made(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == [text, number]


@given(st.text())
def test_whatever_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(text, int, int)


@pytest.mark.parametrize("key", [[True], [2**63], ["1"], [1.0], [1, 2], {}])
def test_a_forged_cursor_is_refused(key: object) -> None:
    with pytest.raises(Invalid):
        decode_cursor(urlsafe_b64encode(orjson.dumps(key)).decode(), int)


def test_every_sort_shows_every_campaign_once(engine: Engine, alice: Person) -> None:
    with writing(engine) as connection:
        made = {create_campaign(connection, alice.tenant_id, NewCampaign(name=name), "test") for name in ("b", "B", "a", "ä", "c")}
    with reading(engine) as connection:
        for sort in [*SORTS, *(f"-{name}" for name in SORTS)]:
            seen: list[int] = []
            cursor = None
            while True:
                page = list_campaigns(connection, alice.tenant_id, sort=sort, limit=2, cursor=cursor)
                seen += [row.id for row in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert len(seen) == 5, sort
            assert set(seen) == made, sort


def test_a_search_looks_at_a_bounded_number_of_rows_and_goes_on(engine: Engine, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "SCANNED_ROWS", 10)
    with writing(engine) as connection:
        campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="a"), "test")
        new = [NewMessage(campaign_id=campaign_id, recipient_email=f"r{n}@example.com") for n in range(34)]
        create_messages(connection, alice.tenant_id, new)
    for newest_first in (False, True):
        found, pages, cursor = [], 0, None
        with reading(engine) as connection:
            while pages == 0 or cursor is not None:
                wanted = MessageFilter(campaign_id=campaign_id, search="R3")
                page = list_messages(connection, alice.tenant_id, wanted, limit=50, cursor=cursor, newest_first=newest_first)
                found += [row.recipient_email for row in page.rows]
                pages, cursor = pages + 1, page.next_cursor
        expected = ["r3@example.com", *(f"r{n}@example.com" for n in range(30, 34))]
        assert found == (expected[::-1] if newest_first else expected)
        assert pages == 4
