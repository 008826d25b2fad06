"""Links under hypothesis: what we sign is accepted whole, and nothing else is."""

from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from little_bell.domain.links import LINK, MAX_URL, UNSUBSCRIBE, Addresses, host_of, location, parse_query, sign, signer, why_refused
from little_bell.domain.tokens import KeyRing, is_token, new_token

RING = KeyRing(["a secret of enough characters"])
ADDRESSES = Addresses("https://bell.example/", RING)
URL = "https://shop.example/päth/?a[0]=1&b=x+y%20z&c=100%25#part-2"

urls = st.builds(
    lambda scheme, host, rest: f"{scheme}://{host}/{rest}",
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["shop.example", "bücher.example", "shop.example:8443", "[2001:db8::1]"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), max_size=60),
)
tokens = st.builds(lambda text: text, st.from_regex(r"[A-Za-z0-9._~-]{8,128}", fullmatch=True)).filter(is_token)
tenant_ids = st.integers(1, 10**18 - 1)


def asked(click_url: str) -> tuple[str, dict[str, str]]:
    """The token and the parameters, as a server reads them off a request for this URL."""
    parts = urlsplit(click_url)
    return unquote(parts.path.rpartition("/")[2]), parse_query(parts.query.encode())


@given(tenant_ids, tokens, urls)
def test_a_signed_link_comes_back_with_its_destination_whole(tenant_id: int, token: str, url: str) -> None:
    back, query = asked(ADDRESSES.click_url(tenant_id, token, url))
    assert (back, query["url"]) == (token, url)
    assert signer(RING, LINK, query["s"], back, query["url"]) == tenant_id


@given(tenant_ids, tenant_ids, tokens, tokens, urls, urls)
def test_a_signature_is_good_for_one_tenant_one_token_and_one_destination(
    a: int, b: int, token: str, other: str, url: str, more: str
) -> None:
    assume(a != b and token != other and url != more)
    signature = sign(RING, LINK, a, token, url)
    _, _, mac = signature.partition(".")
    assert signer(RING, LINK, signature, other, url) is None
    assert signer(RING, LINK, signature, token, more) is None
    assert signer(RING, LINK, f"{b}.{mac}", token, url) is None
    assert signer(RING, UNSUBSCRIBE, signature, token, url) is None
    assert signer(KeyRing(["another secret, as long"]), LINK, signature, token, url) is None


@given(tokens, urls, st.text(max_size=40))
def test_no_made_up_signature_is_accepted(token: str, url: str, forged: str) -> None:
    assert signer(RING, LINK, forged, token, url) is None
    assert signer(RING, LINK, f"1.{forged}", token, url) is None


@given(tokens, urls, st.integers(0, 23), st.sampled_from("ABCxyz019-_"))
def test_no_altered_signature_is_accepted(token: str, url: str, place: int, letter: str) -> None:
    signature = sign(RING, LINK, 1, token, url)
    altered = signature[:place] + letter + signature[place + 1 :]
    assume(altered != signature)
    assert signer(RING, LINK, altered, token, url) is None


@pytest.mark.parametrize("number", ["01", "+1", "1 ", "१", "1_0", "", "-1", "9" * 19])
def test_a_tenant_has_one_spelling(number: str) -> None:
    mac = sign(RING, LINK, 1, "token-12345", URL).partition(".")[2]
    assert signer(RING, LINK, f"{number}.{mac}", "token-12345", URL) is None


def test_an_old_key_of_the_ring_still_verifies_and_the_newest_signs() -> None:
    old, rotated = KeyRing(["the first secret key"]), KeyRing(["the second secret key", "the first secret key"])
    token = new_token()
    assert signer(rotated, LINK, sign(old, LINK, 1, token, URL), token, URL) == 1
    assert signer(old, LINK, sign(rotated, LINK, 1, token, URL), token, URL) is None


@given(urls)
def test_a_location_differs_from_its_url_only_in_bytes_that_no_url_may_hold(url: str) -> None:
    sent = location(url)
    assert sent.isascii() and not set(sent) & set(' "<>^`{|}')
    assert unquote(sent) == unquote(url)
    assert location(sent) == sent


def test_fragment_ampersand_brackets_and_unicode_survive() -> None:
    assert location(URL) == "https://shop.example/p%C3%A4th/?a[0]=1&b=x+y%20z&c=100%25#part-2"


def test_a_plus_in_a_query_stays_a_plus() -> None:
    assert parse_query(b"url=https%3A%2F%2Fa.example%2F%3Fq%3D1+2&s=x&url=https://evil.example") == {
        "url": "https://a.example/?q=1+2",
        "s": "x",
    }


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/path",
        "https:evil.example",
        "https://",
        "https:///evil.example",
        "http://user@evil.example/",
        "http://good.example:pass@evil.example/",
        "https://good.example\\@evil.example/",
        "https://good.example\t.evil.example/",
        "https://good.example/\r\nSet-Cookie: a=b",
        "https://good.example/\x00",
        "https://exa mple.example/",
        "https://a.example:port/",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a%2fb.example/",
        "https://a.example/" + "x" * MAX_URL,
    ],
)
def test_what_can_not_be_a_destination_is_refused_with_a_reason(url: str) -> None:
    assert why_refused(url)


@pytest.mark.parametrize(
    "url",
    [URL, "http://a.example", "HTTP://A.EXAMPLE?x#y", "https://bücher.example/", "https://[2001:db8::1]:8443/x", "https://a.example/a b"],
)
def test_what_can_be_a_destination_is_not_refused(url: str) -> None:
    assert why_refused(url) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Shop.Example./x", "shop.example"),
        ("https://bücher.example", "xn--bcher-kva.example"),
        ("https://XN--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://a..example", None),
        ("nonsense", None),
    ],
)
def test_hosts_compare_in_their_ascii_form(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_the_headers_of_a_message_hold_its_unsubscribe_address_and_token() -> None:
    headers = ADDRESSES.headers(4, "token-12345")
    assert headers["List-Unsubscribe"] == f"<{ADDRESSES.unsubscribe_url(4, 'token-12345')}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["X-Little-Bell-Token"] == "token-12345"
    signature = parse_qs(urlsplit(ADDRESSES.unsubscribe_url(4, "token-12345")).query)["s"][0]
    assert signer(RING, UNSUBSCRIBE, signature, "token-12345") == 4


def test_a_click_address_quotes_everything_that_belongs_to_its_destination() -> None:
    assert quote(URL, safe="") in ADDRESSES.click_url(1, "token-12345", URL)


def test_the_headers_name_the_bounce_address_where_there_is_a_domain_for_it() -> None:
    with_domain = Addresses("https://bell.example", RING, "bounces.example")
    assert with_domain.headers(7, "token-12345")["Return-Path"] == "<bounces+token-12345@bounces.example>"
    assert "Return-Path" not in with_domain.headers(7, "t" * 100)  # no address is that long
    assert "Return-Path" not in ADDRESSES.headers(7, "token-12345")
