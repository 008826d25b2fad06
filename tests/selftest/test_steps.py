"""Each step of the self-test against a server that behaves as badly as servers and proxies do."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote

import pytest

from little_bell.domain.links import LINK, Addresses, location, parse_query, signer
from little_bell.domain.tokens import KeyRing
from little_bell.ingest.answers import GIF
from little_bell.selftest import network, steps
from little_bell.selftest.asking import Asking
from little_bell.selftest.network import TlsFacts

RING = KeyRing(["a secret of the tests"])
Answer = tuple[int, dict[str, str], bytes]
Play = Callable[[str, str], Answer]
PIXEL: Answer = (200, {"Content-Type": "image/gif", "Cache-Control": "no-store, private"}, GIF)


def good(method: str, path: str) -> Answer:
    """A Little Bell that readers reach."""
    if path == "/health":
        return 200, {}, json.dumps({"service": "little-bell"}).encode()
    if path.startswith("/track/pixel/"):
        return PIXEL
    if path.startswith("/track/redirect/"):
        asked = parse_query(path.partition("?")[2].encode())
        is_signed = signer(RING, LINK, asked.get("s", ""), "self", asked.get("url", "")) == 1
        return (302, {"Location": location(asked["url"])}, b"") if is_signed else (200, {}, b"Do you want to go there?")
    return (404, {}, b"This link isn't complete") if method == "POST" else (200, {}, b"")


@contextmanager
def serving(play: Play) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = play(self.command, self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def levels(play: Play) -> dict[str, str]:
    with serving(play) as url:
        return {one.name: str(one.level) for one in steps(url, Addresses(url, RING))}


def bad(of: str, answer: Answer | Callable[[Answer], Answer], only: str = "") -> Play:
    """The good one, but for addresses with `of` in them (asked by the method `only`)."""

    def play(method: str, path: str) -> Answer:
        if of not in path or (only and method != only):
            return good(method, path)
        return answer(good(method, path)) if callable(answer) else answer

    return play


def decoding(method: str, path: str) -> Answer:
    """A proxy that decodes addresses and encodes them anew."""
    return good(method, unquote(path).replace("#part", "") if "%252F" in path else path)


def test_all_is_well_where_it_is() -> None:
    found = levels(good)
    assert found.pop("Address") == "warn"  # 127.0.0.1: good, but not for readers
    assert found == dict.fromkeys(("DNS", "Server", "Pixel", "Caching", "Signed link", "Unsubscribe"), "ok")


@pytest.mark.parametrize(
    ("play", "name", "level"),
    [
        (bad("/health", (301, {"Location": "https://www.example.com/"}, b"")), "Server", "fail"),
        (bad("/health", (200, {}, b"<h1>It works!</h1>")), "Server", "fail"),
        (bad("/health", (502, {}, b"")), "Server", "fail"),
        (bad("/pixel/", (403, {}, b"sign in")), "Pixel", "fail"),
        (bad("/pixel/", (200, {"Content-Type": "image/webp"}, b"RIFF")), "Pixel", "fail"),
        (bad("/pixel/", (200, {"Content-Type": "image/gif"}, b"<html>")), "Pixel", "fail"),
        (bad("/pixel/", lambda is_: (is_[0], {**is_[1], "Set-Cookie": "lb=1"}, is_[2])), "Pixel", "warn"),
        (bad("/pixel/", lambda is_: (is_[0], {**is_[1], "Age": "60"}, is_[2])), "Caching", "fail"),
        (bad("/pixel/", lambda is_: (is_[0], {**is_[1], "CF-Cache-Status": "HIT"}, is_[2])), "Caching", "fail"),
        (bad("/pixel/", lambda is_: (is_[0], {**is_[1], "Cache-Control": "public, max-age=600"}, is_[2])), "Caching", "fail"),
        (lambda method, path: good(method, path.partition("?")[0] if "/redirect/" in path else path), "Signed link", "fail"),
        (decoding, "Signed link", "fail"),
        (bad("/redirect/", (302, {"Location": "https://elsewhere.example/"}, b"")), "Signed link", "fail"),
        (bad("/unsubscribe/", (405, {}, b""), only="POST"), "Unsubscribe", "fail"),
    ],
)
def test_what_goes_wrong_on_the_way_is_named(play: Play, name: str, level: str) -> None:
    def safe(method: str, path: str) -> Answer:
        try:
            return play(method, path)
        except KeyError:
            return 400, {}, b"it has no destination"

    assert levels(safe)[name] == level


def test_another_secret_key_is_found() -> None:
    with serving(good) as url:
        found = {one.name: str(one.level) for one in steps(url, Addresses(url, KeyRing(["another secret of the tests"])))}
    assert found["Signed link"] == "fail"


@pytest.mark.parametrize(("url", "last"), [("http://127.0.0.1:1", "Server"), ("https://no-such-host.invalid", "DNS")])
def test_it_ends_with_what_makes_the_rest_unanswerable(url: str, last: str) -> None:
    found = list(steps(url, Addresses(url, RING)))
    assert (found[-1].name, str(found[-1].level)) == (last, "fail") and all(one.mend for one in found if one.level != "ok")


@pytest.mark.parametrize(("days", "level"), [(60, "ok"), (15, "ok"), (13, "warn")])
def test_a_certificate_that_ends_soon_is_warned_of(days: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "handshake", lambda _host, _port: TlsFacts("TLSv1.3", 1_000 + days * 86_400))
    finding = network.certificate(Asking("https://bell.example"), now=1_000)
    assert finding is not None and str(finding.level) == level and f"{days} more days" in finding.said


def test_a_bad_certificate_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_host: str, _port: int) -> TlsFacts:
        error = ssl.SSLCertVerificationError()
        error.verify_message = "certificate has expired"
        raise error

    monkeypatch.setattr(network, "handshake", refuse)
    finding = network.certificate(Asking("https://bell.example"))
    assert finding is not None and str(finding.level) == "fail" and "expired" in finding.said


def test_nothing_but_the_base_url_is_asked() -> None:
    with pytest.raises(ValueError, match="isn't an address of"):
        Asking("http://127.0.0.1:1").ask("http://127.0.0.1:12/latest/meta-data")


def test_an_address_that_mail_programs_dislike_is_warned_of() -> None:
    assert str(network.place(Asking("http://bell.example")).level) == "warn"
    assert str(network.place(Asking("https://bell.example")).level) == "ok"
