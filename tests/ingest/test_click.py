"""A signed link leads where it was signed for; any other asks first, unless its sender vouches for it."""

import html
import re
import string
import threading
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from little_bell import server
from little_bell.domain.links import UNSUBSCRIBE, sign, why_refused
from little_bell.domain.tokens import KeyRing
from little_bell.ingest.tenants import Snapshot
from tests.ingest.conftest import PEER, TOKEN, Answer, Reader, Start

URL = "https://example.com/path?a[0]=1&b=2+3&c=%2B#part"
SURVIVORS = [
    URL,
    "https://example.com/?q=a+b",
    "https://example.com/?q=a%20b&q=a%2Bb",
    "https://example.com/a;b,c:d@e!f$g'h(i)*j~k",
    "https://example.com/?list[]=1&list[]=2&deep[a][b]=c",
    "https://example.com/#/route?x=1&y=2#again",
    "http://example.com:8080",
    "http://[2001:db8::1]:8080/x",
    "https://EXAMPLE.com/Path",
    "https://example.com/%E2%98%83",
    "https://example.com/?url=https://other.example/?url=x%26s=1.abc",
    "https://example.com/?s=1.AAAAAAAAAAAAAAAAAAAAAA",
    "https://example.com/" + "a" * 8_000,
]
#: RFC 3986: unreserved and reserved characters, and the % of what is encoded already.
LEGAL = frozenset(string.ascii_letters + string.digits + "-._~" + ":/?#[]@" + "!$&'()*+,;=" + "%")
ANY_CLIENT = hypothesis_settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def encoded(url: str) -> str:
    """What may not stand in a URL is encoded, and nothing else."""
    return "".join(char if char in LEGAL else quote(char, safe="") for char in url)


def assert_asks_or_refuses(answer: Answer) -> None:
    assert answer.location is None and answer.status in (200, 400)
    assert "refresh" not in answer.headers and "http-equiv" not in answer.text and "<script" not in answer.text


@pytest.mark.parametrize("url", SURVIVORS)
def test_a_signed_link_leads_to_exactly_its_url(reader: Reader, url: str) -> None:
    answer = reader.get(reader.click_url(url))
    assert (answer.status, answer.location, answer.body) == (302, url, b"")
    assert "no-store" in answer.headers["cache-control"]
    [hit] = reader.hits()
    assert (hit.type, hit.token, hit.url, hit.tenant_id, hit.is_signed, hit.is_head) == ("clicked", TOKEN, url, 1, True, False)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://example.com/ü?ö=ä#ß", "https://example.com/%C3%BC?%C3%B6=%C3%A4#%C3%9F"),
        ("https://example.com/☃ and more", "https://example.com/%E2%98%83%20and%20more"),
        ('https://example.com/<"a">|{b}^`', "https://example.com/%3C%22a%22%3E%7C%7Bb%7D%5E%60"),
        ("https://example.com/\u2028\u0085", "https://example.com/%E2%80%A8%C2%85"),
    ],
)
def test_only_what_may_not_stand_in_a_url_is_encoded(reader: Reader, url: str, location: str) -> None:
    assert reader.get(reader.click_url(url)).location == location
    assert reader.hits()[0].url == url


paths = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), max_size=60)
urls = st.builds("{}://example.com{}/{}".format, st.sampled_from(["http", "https", "HTTPS"]), st.sampled_from(["", ":8080"]), paths)


@ANY_CLIENT
@given(urls)
def test_any_url_survives_being_signed_mailed_and_followed(reader: Reader, url: str) -> None:
    answer = reader.get(reader.click_url(url))
    assert (answer.status, answer.location) == (302, encoded(url))
    assert answer.location is not None and answer.location.isascii()


@ANY_CLIENT
@given(urls, st.data())
def test_a_link_altered_in_any_place_never_redirects(reader: Reader, url: str, data: st.DataObject) -> None:
    signed = reader.click_url(url)
    start = len("http://bell.example/track/redirect/")
    place = data.draw(st.integers(start, len(signed) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.~"))
    altered = signed[:place] + other + signed[place + 1 :]
    answer = reader.get(altered)
    # A letter of a percent code may change its case, or s=… become another parameter's value, without another URL or MAC.
    if answer.status == 302:
        assert answer.location == encoded(url)


@pytest.mark.parametrize(
    "change",
    [
        lambda url, s: {"url": url},
        lambda url, s: {"url": url, "s": ""},
        lambda url, s: {"url": url, "s": "1."},
        lambda url, s: {"url": url, "s": s[:-1]},
        lambda url, s: {"url": url, "s": s + "A"},
        lambda url, s: {"url": url, "s": s + "="},
        lambda url, s: {"url": url, "s": s.swapcase()},
        lambda url, s: {"url": url, "s": f"2{s[1:]}"},
        lambda url, s: {"url": url, "s": f"0{s}"},
        lambda url, s: {"url": url, "s": f"+{s}"},
        lambda url, s: {"url": url, "s": f"\u0661{s[1:]}"},
        lambda url, s: {"url": url, "s": f"{'9' * 5_000}{s[1:]}"},
        lambda url, s: {"url": url, "s": f"{s}\xff"},
        lambda url, s: {"url": url + "x", "s": s},
        lambda url, s: {"url": url.replace("example.com", "evil.example"), "s": s},
        lambda url, s: {"url": url.replace("https", "http"), "s": s},
        lambda url, s: {"url": url.replace("+", " "), "s": s},
        lambda url, s: {"url": url.split("#", maxsplit=1)[0], "s": s},
    ],
)
def test_a_forged_signature_asks_and_is_recorded_as_unsigned(reader: Reader, change: Any) -> None:
    s = reader.click_url(URL).rpartition("s=")[2]
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in change(URL, s).items())
    answer = reader.get(f"/track/redirect/{TOKEN}?{query}")
    assert answer.asks
    assert [(hit.is_signed, hit.tenant_id) for hit in reader.hits()] == [(False, 0)]


def test_a_signature_is_worth_nothing_for_another_token_tenant_or_purpose(reader: Reader) -> None:
    signed = reader.click_url(URL)
    assert reader.get(signed.replace(TOKEN, TOKEN + "x")).asks
    assert reader.get(signed.replace("s=1.", "s=2.")).asks
    ring = KeyRing(["k" * 32])
    for_unsubscribing = sign(ring, UNSUBSCRIBE, 1, TOKEN, URL)
    assert reader.get(f"/track/redirect/{TOKEN}?url={quote(URL, safe='')}&s={for_unsubscribing}").asks


def test_the_first_url_is_the_one_that_was_signed_and_unknown_parameters_are_ignored(reader: Reader) -> None:
    signed = reader.click_url(URL)
    assert reader.get(signed + "&utm_source=mail&url=https://evil.example/&s=1.x").location == URL
    path, query = signed.split("?")
    assert reader.get(f"{path}?url=https://evil.example/&{query}").asks


def test_a_new_key_signs_and_the_old_ones_go_on_verifying(start: Start) -> None:
    signed = start(secret_key="o" * 32).click_url(URL)
    rotated = start(secret_key=f"{'n' * 32},{'o' * 32}")
    assert rotated.get(signed).location == URL
    assert rotated.get(rotated.click_url(URL)).location == URL
    assert start(secret_key="o" * 32).get(rotated.click_url(URL)).asks
    assert start(secret_key="n" * 32).get(signed).asks


def test_head_redirects_too_and_is_marked_as_such(reader: Reader) -> None:
    answer = reader.ask("HEAD", reader.click_url(URL))
    assert (answer.status, answer.location, answer.body) == (302, URL, b"")
    assert [hit.is_head for hit in reader.hits()] == [True]


def test_programs_that_accept_json_are_told_instead_of_redirected(reader: Reader) -> None:
    accepts = {"Accept": "application/json"}
    url = "https://example.com/ü?a[0]=1"
    answer = reader.get(reader.click_url(url), accepts)
    assert (answer.status, answer.json, answer.headers["content-type"]) == (200, {"redirect": url, "tracked": True}, "application/json")
    unsigned = reader.get(f"/track/redirect/{TOKEN}?url={quote(url)}", accepts)
    assert (unsigned.status, unsigned.json) == (200, {"redirect": url, "tracked": False})
    refused = reader.get(f"/track/redirect/{TOKEN}?url=javascript:alert(1)", accepts)
    assert refused.status == 400 and refused.json["error"]["field"] == "url"
    assert [hit.is_signed for hit in reader.hits()] == [True, False]


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("javascript:alert(1)", "only http and https"),
        ("data:text/html,x", "only http and https"),
        ("ftp://example.com/", "only http and https"),
        ("//evil.example/", "only http and https"),
        ("/track/pixel/x", "only http and https"),
        ("https:evil.example", "only http and https"),
        (" https://example.com/", "only http and https"),
        ("https://user@example.com/", "user name"),
        ("https://example.com:secret@evil.example/", "user name"),
        ("https://example.com\\@evil.example/", "backslash"),
        ("https://evil.example\\.example.com/", "backslash"),
        ("https://example.com/\ta", "control character"),
        ("https://example.com/\r\nSet-Cookie: a=b", "control character"),
        ("https://example.com/\0", "control character"),
        ("https://example.com/\x7f", "control character"),
        ("https:///path", "no host"),
        ("https://?x", "no host"),
        ("https://ex ample.com/", "no host"),
        ("https://ex%61mple.com/", "no host"),
        ("https://example.com:port/", "can&#x27;t be read"),
        ("https://example.com:99999/", "can&#x27;t be read"),
        ("https://[not-an-address]/", "can&#x27;t be read"),
        ("https://example.com/" + "a" * 8_192, "longer than 8 kB"),
        ("https://example.com/" + "ü" * 4_090, "longer than 8 kB"),
        ("", "no destination"),
    ],
)
def test_what_is_no_destination_is_refused_even_signed_with_a_page_that_says_why(reader: Reader, url: str, because: str) -> None:
    answer = reader.get(reader.click_url(url))
    assert answer.status == 400 and answer.location is None
    assert because in answer.text and answer.headers["content-type"].startswith("text/html")
    assert reader.hits() == [] and reader.drops == {"refused_url": 1}


@ANY_CLIENT
@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "https://example.com"]))
def test_no_text_however_strange_makes_an_unsigned_link_redirect(reader: Reader, text: str, before: str) -> None:
    url = before + text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    answer = reader.get(f"/track/redirect/{TOKEN}?url={quote(url, safe='')}")
    assert_asks_or_refuses(answer)
    assert (answer.status == 400) == (not url or why_refused(url) is not None)


@pytest.mark.parametrize("raw", ["%FF%FE", "%C3", "%ED%A0%80", "%F8%88%80%80%80"])
def test_bytes_that_are_no_text_neither_break_the_redirect_nor_the_question(reader: Reader, raw: str) -> None:
    answer = reader.get(f"/track/redirect/{TOKEN}?url=https://example.com/{raw}")
    assert answer.asks
    [hit] = reader.hits()
    assert hit.url == f"https://example.com/{raw}"


def test_the_question_shows_the_whole_destination_and_nothing_in_it_is_markup(reader: Reader) -> None:
    url = "https://evil.example/'\"><script>alert(1)</script><b>" + "x" * 500
    answer = reader.get(f"/track/redirect/{TOKEN}?url={quote(url, safe='')}")
    assert answer.asks and "<script" not in answer.text and answer.text.count("<b>") == 1
    assert html.escape(url) in answer.text
    link = re.search(r'href="([^"]*)"', answer.text)
    assert link and html.unescape(link[1]) == encoded(url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "unsafe" not in policy
    assert answer.headers["x-robots-tag"] == "noindex" and answer.headers["referrer-policy"] == "no-referrer"


def test_a_suspended_tenants_links_stop_redirecting(reader: Reader) -> None:
    reader.server.tenants.snapshot = Snapshot(frozenset({1}))
    answer = reader.get(reader.click_url(URL))
    assert answer.status == 404 and answer.location is None and "no longer active" in answer.text
    assert reader.get(reader.click_url(URL), {"Accept": "application/json"}).json["error"]["code"] == "not_found"
    assert reader.get(reader.click_url(URL, tenant_id=2)).location == URL
    assert reader.drops == {"suspended": 2}


def test_a_signed_link_needs_no_database_and_an_unsigned_one_asks_in_time(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    is_back = threading.Event()
    monkeypatch.setattr(server, "RESOLVE_SECONDS", 0.2)
    monkeypatch.setattr(server, "_ask", lambda *_: is_back.wait(30))
    begun = time.monotonic()
    assert reader.get(reader.click_url(URL)).location == URL
    assert reader.get(f"/track/redirect/{TOKEN}?url={quote(URL, safe='')}").asks
    is_back.set()
    assert time.monotonic() - begun < 5


def test_an_unsigned_link_asks_where_the_database_is_gone(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("the database is gone")

    monkeypatch.setattr(server, "_ask", fail)
    assert reader.get(f"/track/redirect/{TOKEN}?url={quote(URL, safe='')}").asks


def test_a_signed_link_redirects_even_when_the_journal_is_full(start: Start) -> None:
    full = start(journal_min_free_percent=100)
    assert full.get(full.click_url(URL), peer=PEER).location == URL
    assert full.drops == {"disk_low": 1}
