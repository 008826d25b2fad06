"""Own rules and overruled events over HTTP: who may, what is refused, what is noted, and what changes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from little_bell.actions import verdict_rules
from little_bell.db import reading
from little_bell.domain.events import Scope
from little_bell.models.tables import audit_log
from tests.api.conftest import Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person

Fold = Callable[[], None]
CLICK = {"verdict": "machine", "note": "our own monitor"}


def noted(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(audit_log.c.action, audit_log.c.subject).order_by(audit_log.c.id.desc()).limit(2))
        return [tuple(row) for row in rows]


@pytest.fixture
def click(api: Http, message: dict[str, Any], fold: Fold) -> int:
    """The id of a click that somebody marked by hand."""
    api.post(f"/api/messages/{message['id']}/clicked", json={"url": "https://example.com/a"})
    fold()
    return int(api.get("/api/events").json()[0]["id"])


def test_an_event_is_overruled_and_taken_back(api: Http, message: dict[str, Any], click: int, fold: Fold, engine: Engine) -> None:
    answer = api.post(f"/api/events/{click}/verdict", json=CLICK)
    assert (answer.status_code, answer.json()) == (200, {"event_id": click, "verdict": "machine"})
    assert answer.headers["x-journal-position"]
    fold()
    [event] = api.get(f"/api/messages/{message['id']}").json()["events"]
    assert (event["verdict"], event["reasons"], event["confidence"]) == ("machine", ["said_machine", "manual"], 1.0)
    assert event["overruled"] | {"at": None} == {
        "verdict": "machine",
        "by": event["overruled"]["by"],
        "at": None,
        "note": "our own monitor",
    }
    assert event["overruled"]["by"].startswith("key lb_") and event["overruled"]["at"]
    assert api.get("/api/campaigns/1").json()["metrics"]["human_clicked"] == 0

    assert api.delete(f"/api/events/{click}/verdict").json() == {"event_id": click, "verdict": None}
    fold()
    [event] = api.get("/api/events").json()
    assert (event["verdict"], event["overruled"], event["rules_version"]) == ("manual", None, 4)
    assert api.get("/api/campaigns/1").json()["metrics"]["human_clicked"] == 1
    assert error_of(api.delete(f"/api/events/{click}/verdict")) == (404, "not_found", "event_id")
    subject = f"event {click} of message {message['id']}"
    assert noted(engine) == [("event.taken_back", subject), ("event.overruled", f"{subject} machine")]


def test_the_same_said_twice_under_a_key_is_said_once(api: Http, click: int, engine: Engine) -> None:
    for _ in range(2):
        assert api.post(f"/api/events/{click}/verdict", json=CLICK, headers={"Idempotency-Key": "once"}).status_code == 200
    assert [action for action, _ in noted(engine)].count("event.overruled") == 1


def test_a_stranger_overrules_nothing(api: Http, stranger: Http, click: int, fold: Fold) -> None:
    assert error_of(stranger.post(f"/api/events/{click}/verdict", json=CLICK)) == (404, "not_found", "event_id")
    api.post(f"/api/events/{click}/verdict", json=CLICK)
    fold()
    assert error_of(stranger.delete(f"/api/events/{click}/verdict")) == (404, "not_found", "event_id")
    assert api.get("/api/events").json()[0]["verdict"] == "machine"


@on_sqlite
def test_what_cannot_be_overruled_is_refused(
    api: Http, app: Any, message: dict[str, Any], click: int, alice: Person, engine: Engine
) -> None:
    api.post(f"/api/messages/{message['id']}/sent")
    url = f"/api/events/{click}/verdict"
    assert error_of(api.post(url, json={"verdict": "robot"})) == (422, "invalid", "verdict")
    assert error_of(api.post(url, json={"verdict": "human", "note": "x" * 301})) == (422, "invalid", "note")
    assert error_of(api.post("/api/events/999/verdict", json=CLICK)) == (404, "not_found", "event_id")
    assert error_of(Http(app, key_of(engine, alice, Scope.READ, Scope.EVENTS)).post(url, json=CLICK)) == (403, "missing_scope", None)


def test_only_opens_and_clicks_are_in_question(api: Http, message: dict[str, Any], fold: Fold) -> None:
    api.post(f"/api/messages/{message['id']}/sent")
    fold()
    sent = api.get("/api/events").json()[0]["id"]
    assert error_of(api.post(f"/api/events/{sent}/verdict", json=CLICK)) == (422, "invalid", "event_id")


def test_rules_are_made_listed_and_removed(api: Http, stranger: Http, engine: Engine) -> None:
    made = api.post("/api/rules", json={"match": "network", "value": "203.0.113.7", "treat": "machine", "note": "the office’s filter"})
    assert made.status_code == 201
    asn = api.post("/api/rules", json={"match": "asn", "value": "as64500", "treat": "unfiltered"}).json()
    agent = api.post("/api/rules", json={"match": "agent", "value": " Monitor/ ", "treat": "machine"}).json()
    assert [made.json()["value"], asn["value"], agent["value"]] == ["203.0.113.7/32", "64500", "monitor/"]
    assert made.json()["made_by"].startswith("key lb_")
    assert api.get("/api/rules").json() == [agent, asn, made.json()]
    assert stranger.get("/api/rules").json() == []
    assert error_of(stranger.delete(f"/api/rules/{asn['id']}")) == (404, "not_found", "rule_id")
    assert api.delete(f"/api/rules/{asn['id']}").json() == {"removed": asn["id"]}
    assert error_of(api.delete(f"/api/rules/{asn['id']}")) == (404, "not_found", "rule_id")
    assert noted(engine) == [("rule.removed", "asn 64500: unfiltered"), ("rule.added", "agent monitor/: machine")]


@on_sqlite
@pytest.mark.parametrize(("match", "value", "told"), [
    ("network", "203.0.113.7/24", "write 203.0.113.0/24"),
    ("network", "0.0.0.0/0", "too large a part"),
    ("network", "2000::/3", "too large a part"),
    ("network", "example.com", "is no network"),
    ("asn", "64500x", "is written AS64500"),
    ("asn", "AS0", "is written AS64500"),
    ("asn", "4294967296", "is written AS64500"),
    ("agent", "ie", "at least 3 characters"),
    ("agent", "Mozilla", "nearly every agent"),
    ("agent", "Mozilla/5.0", "nearly every agent"),
])  # fmt: skip
def test_a_rule_that_means_nothing_or_everybody_is_refused(api: Http, match: str, value: str, told: str) -> None:
    answer = api.post("/api/rules", json={"match": match, "value": value, "treat": "machine"})
    assert error_of(answer) == (422, "invalid", "value")
    assert told in answer.json()["error"]["message"]
    assert api.get("/api/rules").json() == []


@on_sqlite
def test_there_is_one_rule_for_one_thing_and_a_thousand_in_all(api: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = {"match": "network", "value": "203.0.113.0/24", "treat": "machine"}
    made = api.post("/api/rules", json=rule).json()
    assert api.post("/api/rules", json=rule).json() == made
    assert error_of(api.post("/api/rules", json=rule | {"treat": "unfiltered"})) == (409, "conflict", "value")
    monkeypatch.setattr(verdict_rules, "MOST_RULES", 1)
    assert error_of(api.post("/api/rules", json=rule | {"value": "203.0.112.0/24"})) == (422, "too_many_rules", "match")
    assert error_of(api.post("/api/rules", json=rule | {"match": "country"})) == (422, "invalid", "match")
