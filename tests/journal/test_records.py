"""What a batch holds comes back as it went in, and of one that doesn't, as much as can be read."""

import msgspec
import pytest

from little_bell.journal.records import (
    CampaignDeletion,
    Hit,
    Mark,
    Prune,
    Record,
    Release,
    Report,
    Review,
    Suppression,
    decode,
    decode_one,
    encode,
    encode_one,
    split,
)

RECORDS: list[Record] = [
    Hit(
        "clicked",
        "some-token",
        1,
        7,
        True,
        False,
        "2001:db8::1",
        "Mozilla/5.0 \u00e4",
        "purpose=prefetch",
        "https://example.com/ü?a[0]=&b#c",
    ),
    Mark(1, 2, "bounced", 3, "api", None, "<id@example.com>", {"bounce_type": "permanent", "category": "unknown", "reason": "550 ☠"}, ""),
    Report(1, 2, "smtp", b"From: MAILER-DAEMON\r\n\r\n\xff\x00", "some-token", True),
    Review(1, 2, "f" * 64, 3),
    Suppression(1, "Ann@exämple.com", "manual", 2, "api", 1, None, "☠"),
    Release(1, "ann@example.com", 2, "page"),
    CampaignDeletion(1, 2, 3),
    Prune(1, 2),
]


def test_every_kind_of_record_survives() -> None:
    assert decode(encode(RECORDS)) == RECORDS
    assert [decode_one(encode_one(record)) for record in RECORDS] == RECORDS


def test_a_batch_is_cut_into_records_without_being_understood() -> None:
    strange = msgspec.msgpack.encode(["a record of a later version", 42])
    body = msgspec.msgpack.encode([msgspec.Raw(encode_one(RECORDS[0])), msgspec.Raw(strange), msgspec.Raw(encode_one(RECORDS[1]))])
    with pytest.raises(msgspec.DecodeError):
        decode(body)
    assert split(body) == [encode_one(RECORDS[0]), strange, encode_one(RECORDS[1])]


@pytest.mark.parametrize("body", [b"", b"\xff\xff", b"not MessagePack at all", encode(RECORDS)[:-3]])
def test_a_batch_that_cannot_even_be_cut_stays_whole(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)
    assert split(body) == [body]


def test_a_usual_open_takes_few_bytes() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
    assert len(encode_one(Hit("opened", "Zm9vYmFyYmF6cXV4Zm9vYg", 1_700_000_000_000_000, 0, True, False, "203.0.113.7", agent))) <= 200
