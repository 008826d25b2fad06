"""The pixel is always the pixel."""

import pytest

from little_bell.journal.records import Hit
from tests.ingest.conftest import PEER, TOKEN, Reader, Start

HEADERS = {
    "content-type": "image/gif",
    "cache-control": "no-store, no-cache, must-revalidate, private",
    "pragma": "no-cache",
    "expires": "0",
}


@pytest.mark.parametrize("suffix", ["", ".gif"])
def test_it_is_a_gif_of_one_pixel_that_nobody_keeps(reader: Reader, suffix: str) -> None:
    answer = reader.get(f"/track/pixel/{TOKEN}{suffix}")
    assert answer.status == 200
    assert answer.headers.items() >= HEADERS.items()
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.body[:6] == b"GIF89a" and answer.body[6:10] == b"\1\0\1\0" and answer.body[-1:] == b";"
    [hit] = reader.hits()
    assert (hit.type, hit.token, hit.is_head, hit.is_signed) == ("opened", TOKEN, False, True)


def test_head_gives_the_same_headers_and_is_marked_as_such(reader: Reader) -> None:
    answer = reader.ask("HEAD", f"/track/pixel/{TOKEN}.gif")
    assert answer.headers == reader.get(f"/track/pixel/{TOKEN}.gif").headers
    assert (answer.status, answer.body) == (200, b"")
    assert [hit.is_head for hit in reader.hits()] == [True, False]


@pytest.mark.parametrize(
    "token",
    [
        "nobody-knows-this-token",
        "short",
        "x" * 129,
        "x" * 5_000,
        "",
        ".gif",
        "with/a/slash/in-it",
        "with%20a%20blank",
        "with%00a%00nul",
        "%22%3E%3Cscript%3E",
        "..%2F..%2Fetc%2Fpasswd",
        "t%C3%B6ken-%E2%98%83",
        "%ED%A0%80-half-of-a-character",
        "'; DROP TABLE messages; --",
        "token-here.GIF",
    ],
)
def test_it_is_the_same_gif_for_any_token_known_or_not(reader: Reader, token: str) -> None:
    assert reader.get(f"/track/pixel/{token}") == reader.get(f"/track/pixel/{TOKEN}")


def test_what_cannot_be_a_token_is_counted_and_not_journaled(reader: Reader) -> None:
    reader.get("/track/pixel/short")
    assert reader.drops == {"bad_token": 1} and reader.hits() == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("route", ["pixel", "redirect"])
def test_any_other_method_is_told_which_ones_there_are(reader: Reader, route: str, method: str) -> None:
    answer = reader.ask(method, f"/track/{route}/{TOKEN}?url=https://example.com/")
    assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD"
    assert answer.json["error"]["code"] == "method_not_allowed"
    assert reader.hits() == []


def test_it_is_still_the_gif_when_the_journal_is_full_and_the_loss_is_counted(start: Start) -> None:
    full = start(journal_min_free_percent=100)
    assert full.get(f"/track/pixel/{TOKEN}").body == full.get("/track/pixel/short").body
    assert full.drops == {"disk_low": 1, "bad_token": 1}


def test_the_facts_of_the_request_are_kept(reader: Reader) -> None:
    headers = {"User-Agent": "Mail/1.0 \xe4", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch", "Cookie": "private"}
    reader.get(f"/track/pixel/{TOKEN}.gif", headers)
    [hit] = reader.hits()
    assert hit == Hit(
        "opened",
        TOKEN,
        hit.received_at,
        0,
        True,
        False,
        PEER,
        "Mail/1.0 \xe4",
        "sec-purpose=prefetch;prerender;x-moz=prefetch",
    )


def test_facts_without_end_are_cut(reader: Reader) -> None:
    reader.get(f"/track/pixel/{TOKEN}", {"User-Agent": "A" * 100_000, "Purpose": "p" * 100_000})
    [hit] = reader.hits()
    assert len(hit.agent) == 1024 and len(hit.purpose) <= 200


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("", PEER, "198.51.100.1", PEER),
        ("10.0.0.0/8", PEER, "198.51.100.1", PEER),
        ("192.0.2.0/24", PEER, "198.51.100.1", "198.51.100.1"),
        ("192.0.2.9", PEER, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.9, 10.0.0.0/8", PEER, "6.6.6.6, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("192.0.2.9", PEER, "198.51.100.1, not an address", PEER),
        ("192.0.2.9", PEER, "not an address, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.9", PEER, "", PEER),
        ("192.0.2.9", PEER, ",,,", PEER),
        ("192.0.2.9", PEER, "2001:db8::1", "2001:db8::1"),
        ("2001:db8::/32", "2001:db8::9", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.0/24", "::ffff:192.0.2.9", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.0/24", "::ffff:203.0.113.9", "198.51.100.1", "::ffff:203.0.113.9"),
        ("192.0.2.0/24", PEER, "192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_forwarded_address_is_believed_only_from_trusted_proxies(
    start: Start, trusted: str, peer: str, forwarded: str, address: str
) -> None:
    reader = start(trusted_proxies=trusted)
    reader.get(f"/track/pixel/{TOKEN}", {"X-Forwarded-For": forwarded}, peer)
    assert [hit.address for hit in reader.hits()] == [address]
