"""Which Origin counts as our own, and which inline scripts a page may run."""

import asyncio
import hashlib
import os
from base64 import b64encode
from pathlib import Path

import pytest

from little_bell.security_headers import Message, Receive, Scope, Send, content_security_policy, protected, without_own_origin


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("http://localhost:3000", "localhost:3000", True),
        ("https://bell.example", "bell.example", True),
        ("https://Bell.Example", "bell.example", True),
        ("http://[::1]:3000", "[::1]:3000", True),
        ("http://localhost:3001", "localhost:3000", False),
        ("https://bell.example.evil.example", "bell.example", False),
        ("https://evil.example/bell.example", "bell.example", False),
        ("null", "bell.example", False),
    ],
)
def test_an_origin_is_ours_when_it_names_the_very_host_that_was_asked(origin: str, host: str, is_ours: bool) -> None:
    headers = [(b"host", host.encode()), (b"origin", origin.encode()), (b"cookie", b"a=b")]
    assert without_own_origin(headers) == (headers[::2] if is_ours else headers)


def test_an_origin_without_a_host_to_compare_it_to_stays(tmp_path: Path) -> None:
    assert without_own_origin([(b"origin", b"https://evil.example")]) == [(b"origin", b"https://evil.example")]


def test_the_policy_allows_the_inline_scripts_of_every_built_page_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script>first()</script><script src="/a.js"></script>')
    (tmp_path / "404.html").write_text('<script type="module">\nsecond()</script>')
    expected = {f"'sha256-{b64encode(hashlib.sha256(script).digest()).decode()}'" for script in (b"first()", b"\nsecond()")}
    directives = dict(directive.split(" ", 1) for directive in content_security_policy(tmp_path).split("; "))
    assert set(directives["script-src"].split()) == {"'self'", *expected}


def test_a_build_under_a_running_server_gets_its_own_policy(tmp_path: Path) -> None:
    page = tmp_path / "index.html"

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    def policy_of(script: str, built_at: int) -> bytes:
        page.write_text(f"<script>{script}</script>")
        os.utime(page, ns=(built_at, built_at))
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(serving({"type": "http", "path": "/", "headers": []}, lambda: None, send))
        return dict(sent[0]["headers"])[b"content-security-policy"]

    page.write_text("")
    serving = protected(app, bundle=tmp_path, own_url="http://localhost:3000")
    first, second = policy_of("one()", 1_000), policy_of("two()", 2_000)
    assert b64encode(hashlib.sha256(b"one()").digest()) in first
    assert b64encode(hashlib.sha256(b"two()").digest()) in second
    assert b64encode(hashlib.sha256(b"one()").digest()) not in second
