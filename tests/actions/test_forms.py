"""What may be handed in."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.actions.forms import NewMessage, fill
from little_bell.api.forms.mark import SentMark
from little_bell.domain.errors import Invalid

GOOD = [
    "a@b.c",
    "user+tag@exa-mple.com",
    "o'neil@example.org",
    "ü@müller.de",
    "用户@例子.广告",
    "a@localhost",
    " padded@example.com ",
    "x" * 64 + "@b.c",
]
BAD = [
    "", "a", "@b.c", "a@", "a@@b.c", "a b@c.d", "a@b..c", "a@.b", "a@b.", "<a@b.c>", "a@b.c,d@e.f", "a@b.c;d@e.f", '"a b"@c.d',
    "a@[1.2.3.4]", "a@b.c\nBcc: d@e.f", "a\r\n@b.c", "a@b\u2028.c", "a\u00a0b@c.d", "a\0@b.c", "a(comment)@b.c", "x" * 65 + "@b.c",
    "a@" + "b" * 320,
]  # fmt: skip


@pytest.mark.parametrize("address", GOOD)
def test_an_address_is_taken_as_it_is_written(address: str) -> None:
    assert fill(NewMessage, {"campaign_id": 1, "recipient_email": address}).recipient_email == address.strip()


@pytest.mark.parametrize("address", BAD)
def test_what_is_no_address_or_would_end_a_header_is_refused(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        fill(NewMessage, {"campaign_id": 1, "recipient_email": address})
    assert refused.value.field == "recipient_email"
    assert len(address) < 3 or address not in refused.value.message  # errors end up in logs


@given(st.text())
def test_an_address_never_holds_a_line_end_or_a_second_address(text: str) -> None:
    try:
        address = fill(NewMessage, {"campaign_id": 1, "recipient_email": text}).recipient_email
    except Invalid:
        return
    assert address.isprintable()
    assert address.count("@") == 1
    assert not set(address) & set(' ,;<>"()')


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+05:45", datetime(2026, 1, 1, 21, 19, 5, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc(given: str, meant: datetime) -> None:
    assert fill(SentMark, {"sent_at": given}).sent_at == meant


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", [], {}])
def test_what_is_no_time_is_refused(given: object) -> None:
    with pytest.raises(Invalid):
        fill(SentMark, {"sent_at": given})
