"""What the guides tell to do works: the quick start call by call, the API page against the routes, the integrations against servers."""

import json
import re
import shlex
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest

from little_bell.actions.forms import fill_from_json
from little_bell.api import app as _routes  # noqa: F401 - fills the table of forms
from little_bell.api.bodies import taken
from tests.fixtures.app import RunningApp

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def calls(page: str) -> list[list[str]]:
    """The words of each curl on a page."""
    lines = "\n".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.startswith("curl ")]


def test_the_quick_start_leads_to_a_counted_open(app_server: RunningApp) -> None:
    with app_server.client() as api:
        numbers = {"campaign": api.post("/api/campaigns", json={"name": "Before"}).json()["id"] + 1}
        one = api.post("/api/messages", json={"campaign_id": numbers["campaign"] - 1, "recipient_email": "x@example.com"}).json()
        numbers["message"] = one["id"] + 1
    script = "\n".join(["set -e", *blocks("quickstart.md", "sh")])
    script = script.replace("http://localhost:3000", app_server.url).replace("lb_…", app_server.api_key)
    campaign, message = numbers["campaign"], numbers["message"]
    for old, new in (
        ("/api/campaigns/1", f"/api/campaigns/{campaign}"),
        ('"campaign_id": 1', f'"campaign_id": {campaign}'),
        ("/api/messages/1", f"/api/messages/{message}"),
    ):
        script = script.replace(old, new)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and '"error"' not in done.stdout, done.stdout + done.stderr
    assert "track/redirect" in done.stdout
    with app_server.client() as api:
        metrics = api.get(f"/api/campaigns/{numbers['campaign']}").json()["metrics"]
    assert (metrics["sent"], metrics["opened"]) == (1, 1)


@pytest.fixture(scope="module")
def routes(app_server: RunningApp) -> dict[tuple[str, str], dict[str, Any]]:
    document = httpx.get(f"{app_server.url}/api/openapi.json").json()
    return {(method.upper(), path): route for path, methods in document["paths"].items() for method, route in methods.items()}


def route_of(words: list[str], routes: dict[tuple[str, str], Any]) -> tuple[str, str]:
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    path = next(word for word in words if word.startswith("$BELL")).removeprefix("$BELL").partition("?")[0]
    fitting = [known for known in routes if known[0] == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known[1]), path)]
    return min(fitting, key=lambda known: known[1].count("{"), default=(method, path))


def test_every_route_has_a_call_on_the_api_page_and_every_call_a_route(routes: dict[tuple[str, str], Any]) -> None:
    told = {route_of(words, routes) for words in calls("api.md")}
    assert {" ".join(route) for route in routes.keys() - told} == set(), "docs/api.md needs a curl for these"
    assert {" ".join(route) for route in told - routes.keys()} == set(), "docs/api.md has a curl of a route that is gone"


@pytest.mark.parametrize("page", ["api.md", "quickstart.md"])
def test_what_the_calls_send_is_what_the_routes_take(page: str, routes: dict[tuple[str, str], Any]) -> None:
    for words in calls(page):
        content = routes.get(route_of(words, routes), {}).get("requestBody", {}).get("content", {})
        if "-d" in words:
            form = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
            fill_from_json(taken[form], words[words.index("-d") + 1].encode())


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as a mail program needs."""

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline().strip().upper():
            if line == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines))  # type: ignore[attr-defined]
            self.say("221 bye" if line == b"QUIT" else "250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[tuple[int, list[bytes]]]:
    """The port of a mail server, and the mails that it takes."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails: list[bytes] = []  # type: ignore[attr-defined, misc]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], server.mails  # type: ignore[attr-defined]
        finally:
            server.shutdown()


def example(number: int, app: RunningApp, **changes: str) -> str:
    text = blocks("integrations.md", "python")[number].replace("http://localhost:3000", app.url).replace("lb_…", app.api_key)
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def check_mail(raw: bytes, app: RunningApp, message_id: int) -> None:
    mail = message_from_bytes(raw, policy=policy.default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None and text is not None
    with app.client() as api:
        message = api.get(f"/api/messages/{message_id}").json()
    assert message["tracking_token"] in html.get_content() and "/track/pixel/" in html.get_content()
    assert "/track/redirect/" in text.get_content() and mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["sent_at"] is not None


def test_the_smtplib_example_sends_a_mail_that_is_tracked(app_server: RunningApp) -> None:
    with mail_server() as (port, mails):
        names: dict[str, Any] = {}
        text = example(0, app_server).replace('SMTP("localhost", 25)', f'SMTP("127.0.0.1", {port})')
        exec(compile(text, "integrations.md", "exec"), names)
        names["bell"].close()
    check_mail(mails[0], app_server, names["message_id"])


def test_the_django_example_makes_every_mail_tracked(app_server: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    django_settings = import_module("django.conf").settings
    if not django_settings.configured:
        django_settings.configure(DEFAULT_FROM_EMAIL="news@example.com", USE_TZ=True)
    from django.core.mail import EmailMultiAlternatives

    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "Django"}).json()["id"]
    names: dict[str, Any] = {}
    exec(compile(example(1, app_server).replace("campaign_id = 1", f"campaign_id = {campaign_id}"), "integrations.md", "exec"), names)
    with mail_server() as (port, mails):
        backend = names["TrackedBackend"](host="127.0.0.1", port=port)
        mail = EmailMultiAlternatives("Hello", "See https://example.com/a", "news@example.com", ["ann@example.com"], connection=backend)
        mail.attach_alternative('<a href="https://example.com/a">A</a>', "text/html")
        assert mail.send() == 1
        names["TrackedBackend"].bell.close()
    with app_server.client() as api:
        (message,) = api.get(f"/api/campaigns/{campaign_id}/messages").json()
    check_mail(mails[0], app_server, message["id"])


class _SendGrid(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(202)
        self.send_header("X-Message-Id", "sendgrid-7")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        pass


def test_the_sendgrid_example_hands_the_mail_over_with_its_headers(app_server: RunningApp) -> None:
    with app_server.client() as api:
        campaign_id = api.post("/api/campaigns", json={"name": "SendGrid"}).json()["id"]
    with HTTPServer(("127.0.0.1", 0), _SendGrid) as server:
        server.bodies = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        names: dict[str, Any] = {}
        text = example(2, app_server).replace("SG.…", "SG.key")
        text = text.replace("https://api.sendgrid.com/v3/mail/send", f"http://127.0.0.1:{server.server_address[1]}/")
        exec(compile(text, "integrations.md", "exec"), names)
        message_id = names["send_by_sendgrid"](campaign_id, "ann@example.com", "Hi", '<a href="https://example.com/a">A</a>')
        names["bell"].close()
        server.shutdown()
    (body,) = server.bodies  # type: ignore[attr-defined]
    assert "/track/redirect/" in body["content"][0]["value"] and "List-Unsubscribe" in body["personalizations"][0]["headers"]
    with app_server.client() as api:
        message = api.get(f"/api/messages/{message_id}").json()
    assert (message["status"], message["provider_message_id"]) == ("sent", "sendgrid-7")
