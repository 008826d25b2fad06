"""Charlie, who has a key of another tenant, is tried on every route; a route that isn't in the table fails the test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select

from little_bell.api.app import PARTS
from little_bell.db import reading
from little_bell.models.tables import alert_deliveries, alert_destinations, campaigns, message_events, messages, suppressions
from little_bell.projector.recipients_turn import settle_all
from tests.api.conftest import Http

NOT_FOUND, EMPTY, PUBLIC, OWN = "not found", "nothing of Alice's", "has nothing of anybody's", "his own"
#: Only by the cookie of a sign-in; tests of that route try Charlie's.
SIGNED_IN = "for those who are signed in"
#: Each route with a body, and what Charlie gets with Alice's ids.
TABLE: dict[tuple[str, str], tuple[str, Any]] = {
    ("GET", "/api/campaigns"): (EMPTY, None),
    ("POST", "/api/campaigns"): (OWN, {"name": "Charlie's"}),
    ("GET", "/api/campaigns/{campaign_id:int}"): (NOT_FOUND, None),
    ("PATCH", "/api/campaigns/{campaign_id:int}"): (NOT_FOUND, {"name": "mine now"}),
    ("DELETE", "/api/campaigns/{campaign_id:int}"): (NOT_FOUND, None),
    ("GET", "/api/campaigns/{campaign_id:int}/analytics"): (NOT_FOUND, None),
    ("GET", "/api/campaigns/{campaign_id:int}/messages"): (NOT_FOUND, None),
    ("GET", "/api/campaigns/{campaign_id:int}/export"): (NOT_FOUND, None),
    ("GET", "/api/campaigns/{campaign_id:int}/exports/{ticket}"): (NOT_FOUND, None),
    ("POST", "/api/campaigns/{campaign_id:int}/recipients"): (NOT_FOUND, {"recipients": [{"recipient_email": "a@b.c"}]}),
    ("POST", "/api/campaigns/{campaign_id:int}/file"): (SIGNED_IN, None),
    ("GET", "/api/recipients"): (EMPTY, None),
    ("GET", "/api/recipients/count"): (EMPTY, None),
    ("GET", "/api/recipients/segments"): (EMPTY, None),
    ("GET", "/api/recipients/file"): (EMPTY, None),
    ("GET", "/api/recipients/exports/{ticket}"): (NOT_FOUND, None),
    ("GET", "/api/recipients/export"): (NOT_FOUND, None),
    ("POST", "/api/recipients/erase"): (NOT_FOUND, {"recipient": "reader@example.com"}),
    ("POST", "/api/messages"): (NOT_FOUND, {"campaign_id": 1, "recipient_email": "a@b.c"}),
    ("POST", "/api/messages/batch"): (NOT_FOUND, {"messages": [{"campaign_id": 1, "recipient_email": "a@b.c"}]}),
    ("POST", "/api/messages/marks"): (NOT_FOUND, {"marks": [{"id": 1, "mark": "sent"}]}),
    ("GET", "/api/messages"): (EMPTY, None),
    ("GET", "/api/messages/{message_id:int}"): (NOT_FOUND, None),
    ("POST", "/api/messages/{message_id:int}/sent"): (NOT_FOUND, None),
    ("POST", "/api/messages/{message_id:int}/opened"): (NOT_FOUND, None),
    ("POST", "/api/messages/{message_id:int}/clicked"): (NOT_FOUND, None),
    ("POST", "/api/messages/{message_id:int}/bounce"): (NOT_FOUND, {"bounce_reason": "no such user"}),
    ("POST", "/api/messages/{message_id:int}/links"): (NOT_FOUND, {"url": "https://example.com"}),
    ("POST", "/api/messages/{message_id:int}/instrument"): (NOT_FOUND, {"html": '<a href="https://example.com">x</a>'}),
    ("GET", "/api/events"): (EMPTY, None),
    ("POST", "/api/events/{event_id:int}/verdict"): (NOT_FOUND, {"verdict": "human"}),
    ("DELETE", "/api/events/{event_id:int}/verdict"): (NOT_FOUND, None),
    ("GET", "/api/rules"): (EMPTY, None),
    ("POST", "/api/rules"): (OWN, {"match": "agent", "value": "monitor", "treat": "machine"}),
    ("DELETE", "/api/rules/{rule_id:int}"): (NOT_FOUND, None),
    ("POST", "/webhooks/dsn"): (OWN, None),
    ("POST", "/webhooks/dsn/{tenant}"): (NOT_FOUND, None),
    ("GET", "/api/reports"): (EMPTY, None),
    ("GET", "/api/reports/{report_id:int}"): (NOT_FOUND, None),
    ("GET", "/api/reports/{report_id:int}/raw"): (NOT_FOUND, None),
    ("POST", "/api/reports/{report_id:int}/review"): (NOT_FOUND, {"dismiss": True}),
    ("GET", "/api/webhooks"): (EMPTY, None),
    ("GET", "/api/webhooks/deliveries"): (EMPTY, None),
    ("POST", "/api/webhooks/deliveries/{receipt_id:int}/rerun"): (NOT_FOUND, None),
    ("GET", "/api/campaigns/{campaign_id:int}/providers"): (NOT_FOUND, None),
    ("GET", "/api/bounces"): (EMPTY, None),
    ("GET", "/api/bounces/reasons"): (EMPTY, None),
    ("GET", "/api/bounces/export"): (EMPTY, None),
    ("GET", "/api/suppressions"): (EMPTY, None),
    ("POST", "/api/suppressions"): (OWN, {"address": "a@b.c"}),
    ("DELETE", "/api/suppressions"): (OWN, None),
    ("POST", "/api/suppressions/batch"): (OWN, {"suppressions": [{"address": "a@b.c"}]}),
    ("POST", "/api/suppressions/check"): (EMPTY, {"addresses": ["somebody@b.c"]}),
    ("POST", "/api/suppressions/import"): (OWN, None),
    ("POST", "/api/suppressions/upload"): (OWN, None),
    ("GET", "/api/suppressions/export"): (EMPTY, None),
    ("GET", "/api/suppressions/rules"): (OWN, None),
    ("PATCH", "/api/suppressions/rules"): (OWN, {"on_complaint": False}),
    ("GET", "/api/alerts"): (EMPTY, None),
    ("GET", "/api/alerts/rules"): (OWN, None),
    ("PATCH", "/api/alerts/rules/{kind}"): (OWN, {"limit": 3}),
    ("GET", "/api/alerts/destinations"): (EMPTY, None),
    ("POST", "/api/alerts/destinations"): (OWN, {"kind": "email", "target": "a@b.c"}),
    ("DELETE", "/api/alerts/destinations/{destination_id:int}"): (NOT_FOUND, None),
    ("POST", "/api/alerts/destinations/{destination_id:int}/test"): (NOT_FOUND, None),
    ("GET", "/api/alerts/deliveries"): (EMPTY, None),
    ("GET", "/api/campaigns/{campaign_id:int}/variants"): (NOT_FOUND, None),
    ("GET", "/api/dashboard/trend"): (EMPTY, None),
    ("GET", "/api/dashboard/summary"): (EMPTY, None),
    ("GET", "/api/dashboard/sets"): (EMPTY, None),
    ("POST", "/api/dashboard/sets"): (OWN, {"name": "autumn"}),
    ("DELETE", "/api/dashboard/sets/{name}"): (NOT_FOUND, None),
    ("GET", "/dashboard"): (PUBLIC, None),
    ("GET", "/health"): (PUBLIC, None),
    ("GET", "/ready"): (PUBLIC, None),
    ("GET", "/metrics"): (PUBLIC, None),
    ("GET", "/api/docs"): (PUBLIC, None),
    ("GET", "/api/docs.css"): (PUBLIC, None),
    ("POST", "/auth/login"): (PUBLIC, None),
    ("POST", "/auth/logout"): (PUBLIC, None),
    ("POST", "/auth/password"): (PUBLIC, None),
    ("POST", "/auth/join"): (PUBLIC, None),
    ("POST", "/{tenant}/emails"): (NOT_FOUND, {}),
    ("GET", "/{tenant}/click-url/{email_id:int}"): (NOT_FOUND, None),
    ("GET", "/{tenant}/dashboard"): (PUBLIC, None),
}
KEYED = {route: row for route, row in TABLE.items() if row[0] != PUBLIC}


def all_routes() -> Iterator[tuple[str, str]]:
    for part in PARTS:
        for route in part.routes.routes:
            for method in route.methods:
                yield method, route.path


def address(path: str, of: int) -> str:
    path = path.replace("{kind}", "bounce_rate")
    for name in ("campaign_id", "message_id", "report_id", "receipt_id", "destination_id", "event_id"):
        path = path.replace(f"{{{name}:int}}", str(of))
    path = path.replace("{rule_id:int}", "999")  # Alice's own is tried in test_verdicts.py
    path = f"{path}?recipient=reader@example.com" if path == "/api/recipients/export" else path
    return path.replace("{email_id:int}", f"{of}?url=https://example.com").replace("{tenant}", "alice")


def test_every_route_is_in_the_table() -> None:
    assert set(all_routes()) == set(TABLE)


def test_no_route_works_without_a_key(visitor: Http) -> None:
    answers = {route: visitor(route[0], address(route[1], 1), json=body).status_code for route, (_, body) in KEYED.items()}
    assert set(answers.values()) == {401}


def test_a_stranger_finds_and_changes_nothing(
    api: Http, stranger: Http, message: dict[str, Any], fold: Callable[[], None], engine: Engine
) -> None:
    assert message["id"] == 1
    api.post("/api/messages/1/bounce", json={"bounce_reason": "550 5.1.1 no such user, secret reason"})
    api.post("/webhooks/dsn", content=b"From: MAILER-DAEMON\n\n<reader@example.com>:\nUser unknown\n")
    api.post("/api/alerts/destinations", json={"kind": "email", "target": "secret-reader@example.com"})
    api.post("/api/alerts/destinations/1/test")
    fold()
    settle_all(engine)
    before = everything(engine)
    for (method, path), (expected, body) in KEYED.items():
        answer = stranger(method, address(path, 1), json=body)
        if expected == NOT_FOUND:
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), (method, path)
        elif expected == EMPTY:
            assert answer.status_code == 200
            assert not any(word in answer.text for word in ("reader@", "secret", message["tracking_token"], "Spring")), path
    summary = stranger.get("/api/dashboard/summary").json()
    assert (summary["total_messages"], summary["total_bounced"], summary["open_rate"]) == (0, 0, None)
    fold()
    assert everything(engine) == before


def test_a_stranger_finds_and_frees_no_suppressed_address(api: Http, stranger: Http, fold: Callable[[], None], engine: Engine) -> None:
    api.post("/api/suppressions", json={"address": "ann@example.com"})
    fold()
    assert stranger.post("/api/suppressions/check", json={"addresses": ["ann@example.com"]}).json()["suppressed"] == 0
    assert stranger.delete("/api/suppressions?address=ann@example.com").status_code == 404
    stranger.post("/api/suppressions", json={"address": "ann@example.com"})
    fold()
    assert stranger.delete("/api/suppressions?address=ann@example.com").status_code == 200
    fold()
    assert api.post("/api/suppressions/check", json={"addresses": ["ann@example.com"]}).json()["suppressed"] == 1


@pytest.mark.parametrize("name", ["external_id", "tracking_token"])
def test_a_stranger_marks_nothing_by_another_name(api: Http, stranger: Http, campaign: int, name: str) -> None:
    own = {"external_id": "order-1", "tracking_token": "chosen-by-alice"}
    api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@b.c", **own})
    answer = stranger.post("/api/messages/marks", json={"marks": [{name: own[name], "mark": "opened"}]})
    assert answer.status_code == 404


def everything(engine: Engine) -> list[Any]:
    """Alice's campaigns, messages and events as they stand."""
    with reading(engine) as connection:
        return [
            connection.execute(select(table).where(table.c.tenant_id == 1).order_by(table.c.id)).all()
            for table in (campaigns, messages, message_events, alert_destinations, alert_deliveries)
        ] + [connection.execute(select(suppressions).where(suppressions.c.tenant_id == 1)).all()]
