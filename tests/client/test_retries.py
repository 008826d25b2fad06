"""Servers that are down, busy or gone in the middle of an answer: asked again, and nothing is done twice."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from little_bell import AsyncClient, Client
from little_bell.client import asynchronous, synchronous
from little_bell.domain.errors import BellError, Invalid, TooMany, Unavailable
from tests.client.conftest import URL, InProcess, key
from tests.fixtures.people import Person

CSV = {"Content-Type": "text/csv; charset=utf-8"}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that a client made, without making them."""
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(synchronous, "time", SimpleNamespace(sleep=pauses.append))
    monkeypatch.setattr(asynchronous, "asyncio", SimpleNamespace(sleep=note, to_thread=asyncio.to_thread))
    return pauses


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": "busy", "message": "later", "field": None}}, headers=headers)


def scripted(*outcomes: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A server that answers with these in turn, and what it was asked."""
    asked: list[httpx.Request] = []
    rest = iter(outcomes)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        outcome = next(rest)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return httpx.MockTransport(handle), asked


def test_a_server_that_comes_back_is_asked_again_under_the_same_key(slept: list[float]) -> None:
    created = httpx.Response(201, json={"id": 7})
    transport, asked = scripted(httpx.ConnectError("refused"), busy(), httpx.ReadTimeout("slow"), busy(502), created)
    with Client(URL, "lb_key", transport=transport) as client:
        assert client.create_campaign("Newsletter") == 7
    assert len({request.headers["idempotency-key"] for request in asked}) == 1 and len({request.content for request in asked}) == 1
    assert len(slept) == 4 and all(longest / 2 <= pause <= longest for pause, longest in zip(slept, (0.25, 0.5, 1, 2), strict=True))


def test_each_post_has_a_key_of_its_own_and_a_get_has_none() -> None:
    transport, asked = scripted(*(httpx.Response(201, json={"id": n}) for n in range(2)), httpx.Response(200, json=[]))
    with Client(URL, "lb_key", transport=transport) as client:
        client.create_campaign("A")
        client.create_campaign("A")
        client.get_events()
    assert asked[0].headers["idempotency-key"] != asked[1].headers["idempotency-key"]
    assert "idempotency-key" not in asked[2].headers


def test_as_long_as_the_server_asks_for_is_waited(slept: list[float]) -> None:
    transport, _ = scripted(busy(429, **{"Retry-After": "7"}), busy(503, **{"Retry-After": "9999"}), httpx.Response(200, json=[]))
    with Client(URL, "lb_key", transport=transport) as client:
        assert client.get_events() == []
    assert slept == [7.0, 20.0]


def test_a_request_that_still_runs_is_waited_for(slept: list[float]) -> None:
    running = httpx.Response(409, json={"error": {"code": "still_running", "message": "wait", "field": "Idempotency-Key"}})
    transport, _ = scripted(httpx.ReadError("cut"), running, httpx.Response(201, json={"id": 7}))
    with Client(URL, "lb_key", transport=transport) as client:
        assert client.create_campaign("Newsletter") == 7


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (httpx.ConnectError("refused"), Unavailable),
        (busy(), Unavailable),
        (busy(429, **{"Retry-After": "3"}), TooMany),
        (httpx.Response(502, text="<html>Bad Gateway</html>"), Unavailable),
    ],
)
def test_in_the_end_it_says_what_is_the_matter(slept: list[float], outcome: Any, error: type[BellError]) -> None:
    transport, asked = scripted(*[outcome] * 3)
    with Client(URL, "lb_key", transport=transport, attempts=3) as client, pytest.raises(error) as failed:
        client.get_events()
    assert len(asked) == 3 and len(slept) == 2
    assert failed.value.retry_after == (3 if error is TooMany else 5)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(301, headers={"Location": "https://bell.example/api/events"}),
        httpx.Response(404, text="<html>nginx</html>"),
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(418, json={"error": "teapot"}),
    ],
)
def test_another_program_at_the_address_is_named_as_such(answer: httpx.Response) -> None:
    transport, asked = scripted(answer)
    with Client(URL, "lb_key", transport=transport) as client, pytest.raises(BellError) as refused:
        client.get_campaign(1)
    assert (refused.value.code, len(asked)) == ("wrong_address", 1)


@pytest.mark.parametrize(
    ("url", "secret", "field"),
    [
        ("bell.example", "lb_key", "url"),
        ("ftp://bell.example", "lb_key", "url"),
        ("http://", "lb_key", "url"),
        (URL, "", "key"),
        (URL, "a\nb", "key"),
    ],
)
def test_what_cant_be_an_address_or_a_key_is_refused_at_once(url: str, secret: str, field: str) -> None:
    for kind in (Client, AsyncClient):
        with pytest.raises(Invalid) as refused:
            kind(url, secret)
        assert refused.value.field == field


def test_a_campaign_that_the_lost_answer_deleted_is_deleted(slept: list[float]) -> None:
    gone = httpx.Response(404, json={"error": {"code": "not_found", "message": "there is no such campaign", "field": "campaign_id"}})
    transport, _ = scripted(httpx.ReadError("cut"), gone)
    with Client(URL, "lb_key", transport=transport) as client:
        client.delete_campaign(7)


def test_a_stale_answer_is_waited_for_again() -> None:
    position = f"{'a' * 32}.1.5"
    marked = httpx.Response(200, json={"status": "sent"}, headers={"X-Journal-Position": position})
    stale, fresh = httpx.Response(200, json=[], headers={"X-Stale": "true"}), httpx.Response(200, json=[])
    transport, asked = scripted(marked, stale, fresh, httpx.Response(200, json=[]))
    with Client(URL, "lb_key", transport=transport) as client:
        client.update_message_sent(1)
        for _ in range(3):
            client.get_events()
    assert [request.headers.get("x-read-after") for request in asked] == [None, position, position, None]


def test_a_download_that_is_cut_begins_anew_and_leaves_no_half_file(slept: list[float], tmp_path: Path) -> None:
    def cut() -> Any:
        yield b"id,recipient_email\r\n1,us"
        raise httpx.RemoteProtocolError("cut")

    file = tmp_path / "data.csv"
    file.write_text("before")
    transport, _ = scripted(httpx.Response(200, headers=CSV, content=cut()), httpx.Response(200, headers=CSV, content=b"id\r\n1\r\n"))
    with Client(URL, "lb_key", transport=transport) as client:
        client.export_campaign_to_csv(1, file)
        assert file.read_bytes() == b"id\r\n1\r\n"
    transport, _ = scripted(*(httpx.Response(200, headers=CSV, content=cut()) for _ in range(2)))
    with Client(URL, "lb_key", transport=transport, attempts=2) as client, pytest.raises(Unavailable):
        client.export_campaign_to_csv(1, file)
    transport, _ = scripted(httpx.Response(200, html="Please sign in to this network"))
    with Client(URL, "lb_key", transport=transport) as client, pytest.raises(BellError):
        client.export_campaign_to_csv(1, file)
    assert file.read_bytes() == b"id\r\n1\r\n" and list(tmp_path.iterdir()) == [file]


def test_the_client_for_asyncio_asks_again_too(slept: list[float]) -> None:
    transport, asked = scripted(httpx.ConnectError("refused"), busy(), httpx.Response(201, json={"id": 7}))

    async def create() -> int:
        async with AsyncClient(URL, "lb_key", transport=transport) as client:
            return await client.create_campaign("Newsletter")

    assert asyncio.run(create()) == 7
    assert len({request.headers["idempotency-key"] for request in asked}) == 1 and len(slept) == 2


class LosesAnswers(InProcess):
    """The server does what it is asked, but every other answer is lost on the way."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if len(self.requests) % 2:
            raise httpx.ReadError("cut", request=request)
        return answer


@pytest.mark.usefixtures("projector", "slept")
def test_lost_answers_make_nothing_twice(app: Any, engine: Engine, alice: Person) -> None:
    with Client(URL, key(engine, alice), transport=LosesAnswers(app)) as client:
        campaign = client.create_campaign("Newsletter")
        messages = [client.create_message(campaign, f"reader-{n}@example.com") for n in range(5)]
        client.register_messages([{"campaign_id": campaign, "recipient_email": f"more-{n}@example.com"} for n in range(5)])
        for message in messages:
            client.track_link_click(message, "https://example.com/a")
        numbers = client.get_campaign_metrics(campaign)
        assert (len(client.get_all_campaigns()), numbers["total"], numbers["clicks"]) == (1, 10, 5)
