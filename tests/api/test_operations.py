"""Health, readiness, metrics, and the shape of every error."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from little_bell.actions.tenants import suspend_tenant
from little_bell.api.app import make_api
from little_bell.api.context import Context, JournalFigures
from little_bell.db import make_engine, writing
from little_bell.domain.events import Scope
from little_bell.journal.local import LocalJournal
from little_bell.journal.records import Mark
from tests.api.conftest import Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person

pytestmark = on_sqlite


def test_health_asks_nobody(context: Context, tmp_path: Any) -> None:
    broken = replace(context, engine=make_engine("postgresql+psycopg://nobody@/nowhere?host=/nowhere"), why_full=lambda: "disk_low")
    client = Http(make_api(broken))
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["service"]) == (200, "healthy", "little-bell")
    ready = client.get("/ready")
    assert (ready.status_code, ready.json()) == (503, {"status": "unready", "reasons": ["disk_low", "database"]})
    assert error_of(client.get("/api/campaigns", headers={"X-API-Key": "lb_x"})) == (503, "unavailable", None)


def test_ready_where_events_can_be_stored(visitor: Http) -> None:
    assert visitor.get("/ready").json() == {"status": "ready", "reasons": []}


def test_metrics_count_what_was_folded(api: Http, message: dict[str, Any], fold: Callable[[], None], visitor: Http) -> None:
    api.post(f"/api/messages/{message['id']}/opened")
    fold()
    text = visitor.get("/metrics").text
    assert 'little_bell_events{type="opened",verdict="human"} 1.0' in text
    assert "little_bell_projection_lag_seconds 0.0" in text
    assert "alice" not in text
    as_json = visitor.get("/metrics", headers={"Accept": "application/json"}).json()
    assert as_json["little_bell_dead_records"]["values"] == [{"name": "little_bell_dead_records", "labels": {}, "value": 0.0}]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer the metrics token"}, 200),
        ("203.0.113.7", {"Authorization": "Bearer another"}, 403),
        ("10.1.2.3", {}, 200),
    ],
)
def test_metrics_are_for_those_who_run_it(context: Context, address: str, headers: dict[str, str], status: int) -> None:
    settings = context.settings.model_copy(update={"metrics_token": "the metrics token", "trusted_proxies": "10.0.0.0/8"})
    app = make_api(replace(context, settings=settings))
    assert Http(app, address=address).get("/metrics", headers=headers).status_code == status


def test_a_key_does_what_its_scopes_say(app: Any, engine: Engine, alice: Person, campaign: int, message: dict[str, Any]) -> None:
    reader, writer, reporter = (Http(app, key_of(engine, alice, scope)) for scope in (Scope.READ, Scope.WRITE, Scope.EVENTS))
    attempts = [
        ("GET", "/api/campaigns", None),
        ("POST", "/api/campaigns", {"name": "a"}),
        ("POST", f"/api/messages/{message['id']}/sent", None),
    ]
    allowed = [
        [client(method, path, json=body).status_code < 300 for method, path, body in attempts] for client in (reader, writer, reporter)
    ]
    assert allowed == [[True, False, False], [False, True, False], [False, False, True]]
    assert error_of(reader.post("/api/campaigns", json={"name": "a"})) == (403, "missing_scope", None)


def test_a_key_is_taken_from_either_header(app: Any, engine: Engine, alice: Person) -> None:
    secret = key_of(engine, alice)["Authorization"].removeprefix("Bearer ")
    assert Http(app, {"X-API-Key": secret}).get("/api/campaigns").status_code == 200
    for headers in ({"X-API-Key": secret + "x"}, {"Authorization": f"Basic {secret}"}, {"Authorization": "Bearer "}, {}):
        answer = Http(app, headers).get("/api/campaigns")
        assert error_of(answer) == (401, "unauthorized", None)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_suspended_tenants_key_opens_nothing(api: Http, alice: Person, engine: Engine) -> None:
    with writing(engine) as connection:
        suspend_tenant(connection, alice.tenant_id, "operator")
    assert error_of(api.get("/api/campaigns")) == (403, "suspended", None)


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("GET", "/api/nothing", {}, (404, "not_found", None)),
        ("PUT", "/api/campaigns", {}, (405, "method_not_allowed", None)),
        ("POST", "/api/campaigns", {"content": b'{"name": '}, (400, "malformed", None)),
        ("POST", "/api/campaigns", {"content": b'{"name": "\xff"}'}, (400, "malformed", None)),
        ("POST", "/api/campaigns", {"content": b"[" * 100_000}, (400, "malformed", None)),
        ("POST", "/api/campaigns", {"content": b""}, (400, "malformed", None)),
        ("POST", "/api/campaigns", {"json": ["a"]}, (422, "invalid", None)),
        ("POST", "/api/campaigns", {"data": {"name": "a"}}, (415, "unsupported_type", "Content-Type")),
        ("POST", "/api/campaigns", {"content": b" " * 1_000_001}, (413, "too_large", None)),
        ("GET", "/api/campaigns?search=%00", {}, (400, "malformed", None)),
    ],
)
def test_every_error_has_the_one_shape(
    api: Http, method: str, path: str, options: dict[str, Any], expected: tuple[int, str, str | None]
) -> None:
    answer = api(method, path, **options)
    assert error_of(answer) == expected
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 16


def test_a_body_that_hides_its_length_is_cut_off(api: Http) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 50_000

    assert error_of(api.post("/api/campaigns", content=endless())) == (413, "too_large", None)


def test_a_failure_tells_nothing_but_where_our_log_has_it(
    api: Http, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("little_bell.api.routes.campaigns.list_campaigns", broken)
    answer = api.get("/api/campaigns")
    assert error_of(answer) == (500, "internal", None)
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["error"]["message"]
    assert answer.headers["x-request-id"] in caplog.text
    assert "secret detail" in caplog.text


def test_the_document_and_the_page_name_every_route(visitor: Http) -> None:
    document = visitor.get("/api/openapi.json").json()
    page = visitor.get("/api/docs").text
    assert len(document["paths"]) > 15
    assert all(path in page for path in document["paths"])
    assert set(document["components"]["schemas"]) >= {"NewCampaign", "NewMessage", "NewMessages", "BulkMarks", "NewLinks"}
    assert "HTTPValidationError" not in str(document)
    assert "<script" not in page
    assert "tracking_token" in page
    assert visitor.get("/api/docs.css").headers["content-type"].startswith("text/css")


def test_metrics_show_how_long_the_projector_is_behind(context: Context, journal: LocalJournal, fold: Callable[[], None]) -> None:
    position = journal.append([Mark(1, 1, "sent", 1, "api")])
    visitor = Http(make_api(replace(context, journal_figures=lambda: JournalFigures(position, 7))))

    def lag() -> float:
        return float(re.search(r"^little_bell_projection_lag_seconds (\S+)$", visitor.get("/metrics").text, re.MULTILINE)[1])  # type: ignore[index]

    assert lag() > 0
    fold()
    assert lag() == 0
    assert "little_bell_journal_largest_batch 7.0" in visitor.get("/metrics").text


def test_a_callers_request_id_comes_back_and_stands_in_the_log(api: Http, alice: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    answer = api.post("/api/campaigns", json={"name": "Logged"}, headers={"X-Request-Id": "from-the-proxy-1"})
    assert answer.headers["x-request-id"] == "from-the-proxy-1"
    (line,) = [record.__dict__ for record in caplog.records if record.message == "answered"]
    told = {name: line[name] for name in ("request_id", "method", "path", "status", "tenant")}
    assert told == {"request_id": "from-the-proxy-1", "method": "POST", "path": "/api/campaigns", "status": 201, "tenant": alice.tenant_id}
    assert line["ms"] > 0


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", "<script>alert(1)"])
def test_an_id_that_could_harm_a_log_is_replaced(visitor: Http, given: str) -> None:
    assert len(visitor.get("/health", headers={"X-Request-Id": given}).headers["x-request-id"]) == 16
