"""Mail that came back over HTTP: handed in raw, counted once, looked at as it came."""

from collections.abc import Callable
from typing import Any

import pytest

from little_bell.domain.events import Scope
from little_bell.journal.records import MOST_RAW
from tests.api.conftest import Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person
from tests.projector.test_reports import bounce_to

RAW = {"content-type": "message/rfc822"}


@pytest.fixture
def returned(message: dict[str, Any]) -> bytes:
    """The mail that says that Alice's message came back."""
    return bounce_to("reader@example.com", returned=f"X-Little-Bell-Token: {message['tracking_token']}")


@pytest.mark.parametrize("path", ["/webhooks/dsn", "/webhooks/dsn/alice"])
def test_a_raw_report_bounces_its_message(api: Http, message: dict[str, Any], returned: bytes, fold: Callable[[], None], path: str) -> None:
    answer = api.post(path, content=returned, headers=RAW)
    assert (answer.status_code, answer.json()) == (200, {"processed": True})
    assert answer.headers["x-journal-position"]
    fold()
    found = api.get(f"/api/messages/{message['id']}").json()
    assert (found["status"], found["bounce_type"], found["bounce_reason"]) == ("bounced", "permanent", "550 5.1.1 User unknown")

    [listed] = api.get("/api/reports").json()
    assert found["events"][-1]["details"]["report"] == listed["digest"]
    assert (listed["state"], listed["outcome"], listed["source"]) == ("matched", "1 bounced", "dsn")
    whole = api.get(f"/api/reports/{listed['id']}").json()
    assert whole["reading"]["reports"][0]["reason"] == "user_unknown" and whole["reading"]["tokens"] == [message["tracking_token"]]
    raw = api.get(f"/api/reports/{listed['id']}/raw")
    assert (raw.content, raw.headers["content-type"]) == (returned, "message/rfc822")
    assert "attachment" in raw.headers["content-disposition"]


def test_the_same_report_twice_is_one(api: Http, returned: bytes, fold: Callable[[], None]) -> None:
    for _ in range(2):
        assert api.post("/webhooks/dsn", content=returned).status_code == 200
    fold()
    assert len(api.get("/api/reports").json()) == len(api.get("/api/bounces").json()) == 1


def test_what_nobody_can_place_waits_for_a_look(api: Http, fold: Callable[[], None]) -> None:
    api.post("/webhooks/dsn", content=bounce_to("stranger@example.net"))
    api.post("/webhooks/dsn", content=b"From: ann@example.com\n\nHello")
    fold()
    [waiting] = api.get("/api/reports?state=unmatched").json()
    assert (waiting["recipients"], waiting["kind"]) == (["stranger@example.net"], "bounce")
    assert [row["kind"] for row in api.get("/api/reports?state=ignored").json()] == ["none"]
    page = api.get("/api/reports?limit=1")
    assert len(page.json()) == 1 and len(api.get(f"/api/reports?cursor={page.headers['x-next-cursor']}").json()) == 1


def test_another_tenants_address_is_no_address(api: Http, stranger: Http, charlie: Person, returned: bytes) -> None:
    assert error_of(stranger.post("/webhooks/dsn/alice", content=returned)) == (404, "not_found", "tenant")


@on_sqlite
def test_a_key_must_be_for_events(app: Any, engine: Any, alice: Person) -> None:
    reader = Http(app, key_of(engine, alice, Scope.READ))
    assert error_of(reader.post("/webhooks/dsn", content=b"x"))[:2] == (403, "missing_scope")


@on_sqlite
def test_what_is_no_mail_is_refused(api: Http) -> None:
    assert error_of(api.post("/webhooks/dsn", json={"event": "bounce"})) == (415, "unsupported_type", "Content-Type")
    assert error_of(api.post("/webhooks/dsn", content=b" \n", headers=RAW)) == (422, "invalid", None)
    assert error_of(api.post("/webhooks/dsn", content=b"x" * 50_000_001, headers=RAW))[:2] == (413, "too_large")


@on_sqlite
def test_of_a_large_mail_the_beginning_is_kept(api: Http, returned: bytes, fold: Callable[[], None]) -> None:
    assert api.post("/webhooks/dsn", content=returned + b"x" * 20_000_000, headers=RAW).status_code == 200
    fold()
    [listed] = api.get("/api/reports?state=matched").json()
    assert len(api.get(f"/api/reports/{listed['id']}/raw").content) == MOST_RAW


def test_somebody_says_which_message_a_report_is_about(api: Http, message: dict[str, Any], fold: Callable[[], None]) -> None:
    api.post("/webhooks/dsn", content=bounce_to("stranger@example.net"))
    api.post("/webhooks/dsn", content=bounce_to("nobody@example.net"))
    api.post("/webhooks/dsn", content=b"From: ann@example.com\n\nHello")
    fold()
    letter, nobody, stranger = (row["id"] for row in api.get("/api/reports").json())
    assert api.post(f"/api/reports/{stranger}/review", json={"message_id": message["id"]}).json() == {"status": "reviewed"}
    assert api.post(f"/api/reports/{nobody}/review", json={"dismiss": True}).status_code == 200
    fold()
    assert api.get(f"/api/messages/{message['id']}").json()["status"] == "bounced"
    assert api.get("/api/reports?state=unmatched").json() == []
    assert error_of(api.post(f"/api/reports/{stranger}/review")) == (409, "conflict", None)
    assert error_of(api.post(f"/api/reports/{letter}/review", json={"message_id": message["id"]})) == (422, "invalid", "message_id")
    assert error_of(api.post(f"/api/reports/{nobody}/review", json={"message_id": 99})) == (404, "not_found", "message_id")
    assert error_of(api.post(f"/api/reports/{nobody}/review", json={"message_id": 1, "dismiss": True}))[0] == 422
