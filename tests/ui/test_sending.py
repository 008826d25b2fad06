"""The code that the page “Set up sending” shows runs as it is, against the real API; only the provider is played."""

import re
import smtplib
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from little_bell.providers import PROVIDERS
from little_bell.ui.sending import WAYS, Place, code_for
from tests.fixtures.app import RunningApp

PYTHON = [name for name, way in WAYS.items() if way.file == "send.py"]
#: What the providers answer, in one: each way takes its own part.
ANSWER = {
    "id": "vendor-1",
    "MessageID": "vendor-1",
    "messageId": "vendor-1",
    "results": {"id": "vendor-1"},
    "Messages": [{"To": [{"MessageID": "vendor-1"}]}],
    "data": {"message_id": "vendor-1"},
}
HTML = '<p>Hello, <a href="https://example.com/offer">look</a></p>'


class Mailman:
    """Takes what is sent, over HTTP or SMTP."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def post(self, url: str, **said: Any) -> httpx.Response:
        self.sent.append(repr(said))
        answer: Any = [{"_id": "vendor-1"}] if "mandrill" in url else ANSWER
        return httpx.Response(200, json=answer, headers={"X-Message-Id": "vendor-1"}, request=httpx.Request("POST", url))

    def smtp(self, *_where: Any) -> "Mailman":
        return self

    def __enter__(self) -> "Mailman":
        return self

    def __exit__(self, *_: object) -> None: ...
    def starttls(self) -> None: ...
    def login(self, *_: str) -> None: ...

    def send_message(self, letter: EmailMessage, _sender: str | None) -> None:
        self.sent.append(f"{letter.items()} {letter.get_content()}")


@pytest.mark.parametrize("name", PYTHON)
def test_the_code_of_each_way_sends_a_mail_that_is_tracked(name: str, app_server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    mailman = Mailman()
    monkeypatch.setattr(httpx, "post", mailman.post)
    monkeypatch.setattr(smtplib, "SMTP", mailman.smtp)
    monkeypatch.setenv("LITTLE_BELL_KEY", app_server.api_key)
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": f"Sent by {name}"}).raise_for_status().json()["id"]
        names: dict[str, Any] = {}
        exec(compile(code_for(WAYS[name], Place(app_server.url, "lb_kkkk", campaign_id)), name, "exec"), names)
        message_id = names["send"](f"{name}@example.org", "Our offer", HTML)
        message = api.get(f"/api/messages/{message_id}").json()
    assert (message["status"], message["campaign_id"]) == ("sent", campaign_id)
    [sent] = mailman.sent
    assert sent.count(message["tracking_token"]) >= 4  # pixel, link, unsubscription, and the way's own place
    assert "/track/redirect/" in sent and "List-Unsubscribe" in sent and "Our offer" in sent
    names["bell"].close()


def test_every_provider_of_the_house_has_its_way_with_the_place_where_its_webhooks_look() -> None:
    assert set(PROVIDERS) <= set(WAYS)
    for name, provider in PROVIDERS.items():
        assert WAYS[name].title == provider.title


def test_the_code_holds_the_address_the_campaign_and_of_the_key_its_prefix_alone() -> None:
    for way in WAYS.values():
        code = code_for(way, Place("https://bell.example", "lb_abcd", 77))
        assert not re.search(r"<[A-Z_]+>", code), way.name
        assert "https://bell.example/api" in code and "lb_abcd…" in code and "77" in code and "LITTLE_BELL_KEY" in code, way.name
