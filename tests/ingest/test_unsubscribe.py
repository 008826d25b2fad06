"""One-click unsubscribe (RFC 8058): only a signed POST acts, and what it promises is stored."""

import pytest

from little_bell.domain.links import LINK, sign
from little_bell.domain.tokens import KeyRing
from tests.ingest.conftest import TOKEN, Reader, Start


@pytest.fixture
def url(reader: Reader) -> str:
    return reader.server.addresses.unsubscribe_url(7, TOKEN)


def test_post_unsubscribes(reader: Reader, url: str) -> None:
    answer = reader.ask("POST", url, {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 200 and "You are unsubscribed" in answer.text
    [hit] = reader.hits()
    assert (hit.type, hit.token, hit.tenant_id, hit.is_signed) == ("unsubscribed", TOKEN, 7, True)


def test_get_only_asks_with_a_form_that_posts_to_the_same_place(reader: Reader, url: str) -> None:
    answer = reader.get(url)
    assert answer.status == 200 and reader.hits() == []
    assert f'<form method="post" action="{url.removeprefix("http://bell.example")}">' in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]


def test_head_does_nothing(reader: Reader, url: str) -> None:
    answer = reader.ask("HEAD", url)
    assert (answer.status, answer.body) == (200, b"") and reader.hits() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(reader: Reader, url: str, method: str) -> None:
    answer = reader.ask(method, url)
    assert answer.status == 405 and answer.headers["allow"] == "GET, HEAD, POST" and reader.hits() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_its_own_signature_it_does_nothing_and_tells_nothing(reader: Reader, url: str, method: str) -> None:
    path, s = url.split("?s=")
    for_links = sign(KeyRing(["k" * 32]), LINK, 7, TOKEN)
    wrong = [path, f"{path}?s=", f"{path}?s={s[:-1]}", f"{path}?s=8{s[1:]}", f"{path}x?s={s}", f"{path}?s={for_links}", f"{path}?s=7.%FF"]
    answers = [reader.ask(method, target) for target in wrong]
    assert {answer.status for answer in answers} == {404} and len({answer.body for answer in answers}) == 1
    assert reader.hits() == []


def test_it_is_not_promised_while_it_cannot_be_stored(start: Start) -> None:
    full = start(journal_min_free_percent=100)
    url = full.server.addresses.unsubscribe_url(7, TOKEN)
    answer = full.ask("POST", url)
    assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
    assert full.get(url).status == 200
