"""The text part, UTM parameters, headers, and how the call is reached."""

import html

import pytest

from little_bell import Tracking, instrument
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.mail.destinations import with_utm
from tests.test_layers import loaded_by

SHORT = Tracking("https://b/track/", "https://b/p.gif", "<PIXEL>", {}, lambda url: f"[{url}]")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("See https://x.example/a?b=1&c=2.", "See [https://x.example/a?b=1&c=2]."),
        ("(https://x.example/a_(b)), https://y.example!", "([https://x.example/a_(b)]), [https://y.example]!"),
        ("<https://x.example/>, [x](http://y.example/)…", "<[https://x.example/]>, [x]([http://y.example/])…"),
        ("“https://x.example”\r\n*HTTPS://Y.example*\r\n", "“[https://x.example]”\r\n*[HTTPS://Y.example]*\r\n"),
        ("https://x.example/ü?q=ä#ö\n", "[https://x.example/ü?q=ä#ö]\n"),
        ("https://x.example/{{ id }} and https://y.example/<%= id %>.", "https://x.example/{{ id }} and https://y.example/<%= id %>."),
        ("https://x.example/*|ID|* mailto:a@b.example www.x.example", "https://x.example/*|ID|* mailto:a@b.example www.x.example"),
        ("https:// http://... git+https://x.example", "https:// http://... git+https://x.example"),
        ("https://b/track/redirect/t?url=x&s=1.", "https://b/track/redirect/t?url=x&s=1."),
        ("", ""),
    ],
)
def test_urls_in_text_are_signed_without_the_sentence_around_them(text: str, made: str) -> None:
    assert instrument("", text, tracking=SHORT).text == made


def test_no_text_stays_no_text() -> None:
    assert instrument("x", tracking=SHORT).text is None


@pytest.mark.parametrize(
    ("url", "tagged"),
    [
        ("https://x/", "https://x/?utm_source=a%20b&utm_medium=mail"),
        ("https://x/?q=1#part", "https://x/?q=1&utm_source=a%20b&utm_medium=mail#part"),
        ("https://x?", "https://x?utm_source=a%20b&utm_medium=mail"),
        ("https://x/?q&", "https://x/?q&utm_source=a%20b&utm_medium=mail"),
        ("https://x/?UTM_source=own", "https://x/?UTM_source=own&utm_medium=mail"),
        ("https://x/?utm_source=&utm%5Fmedium=own", "https://x/?utm_source=&utm%5Fmedium=own"),
    ],
)
def test_utm_parameters_join_those_that_are_there(url: str, tagged: str) -> None:
    assert with_utm(url, {"source": "a b", "medium": "mail"}) == tagged


def test_utm_parameters_go_to_tracked_links_alone_and_are_signed_with_them() -> None:
    html = '<a href="https://x/"><a href="https://y/" data-bell="off"><a href="mailto:a@b.example">'
    mail = instrument(html, "https://z/", tracking=SHORT, utm={"source": "s"})
    assert list(mail.links) == ["https://x/?utm_source=s", "https://z/?utm_source=s"]
    assert list(mail.left_alone) == ["https://y/", "mailto:a@b.example"]


@pytest.mark.parametrize(
    ("base", "token", "message_id"),
    [
        ("https://Bell.example:8443/x", "token-12345", "<token-12345@bell.example>"),
        ("http://localhost:3000", "a.b.c.d.e", "<a.b.c.d.e@localhost>"),
        ("https://bücher.example", ".dots..too.", "<=2Edots=2E=2Etoo=2E@xn--bcher-kva.example>"),
        ("http://[2001:db8::1]:3000", "token~12345", "<token~12345@[IPv6:2001:db8::1]>"),
    ],
)
def test_the_message_id_carries_the_token(base: str, token: str, message_id: str) -> None:
    tracking = Addresses(base, KeyRing(["a secret of enough characters"])).tracking(1, token)
    headers = instrument("x", tracking=tracking).headers
    assert headers["Message-ID"] == message_id
    assert set(headers) == {"Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Little-Bell-Token"}


def test_it_needs_neither_the_server_nor_a_database() -> None:
    loaded = loaded_by("import little_bell; little_bell.instrument; little_bell.Tracking")
    assert not loaded & {"fastapi", "starlette", "pydantic", "sqlalchemy", "sqlmodel", "reflex"}


@pytest.mark.parametrize(("path", "is_left"), [("acme/click/7?url=https%3A%2F%2Fexample.com&s=x", True), ("acme/clicks/7?url=x", False)])
def test_a_link_of_a_tenants_email_is_not_wrapped_again(tracking: Tracking, path: str, is_left: bool) -> None:
    url = tracking.own.removesuffix("track/") + path
    mail = instrument(f'<a href="{html.escape(url)}">x</a>', tracking=tracking)
    assert (url in mail.left_alone) is is_left and (url in mail.links) is not is_left
