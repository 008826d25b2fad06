"""Pages by keyset."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.db import reading, writing
from little_bell.domain.errors import Invalid
from little_bell.queries.campaigns import SORTS, list_campaigns
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
