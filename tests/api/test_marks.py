"""Marks over HTTP: journaled before they are answered, and read back afterwards."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from little_bell.journal.base import JournalFull
from little_bell.journal.local import LocalJournal
from tests.api.conftest import Http, error_of, on_sqlite


@pytest.mark.parametrize(
    ("word", "body", "answered", "status"),
    [
        ("sent", None, "sent", "sent"),
        ("sent", {"provider_message_id": "<1@esp>"}, "sent", "sent"),
        ("opened", None, "opened", "opened"),
        ("clicked", {"url": "https://example.com/a"}, "clicked", "clicked"),
        ("bounce", {"bounce_reason": "User unknown", "bounce_type": "permanent"}, "bounced", "bounced"),
    ],
)
def test_a_mark_moves_the_message(
    api: Http, message: dict[str, Any], fold: Callable[[], None], word: str, body: dict[str, str] | None, answered: str, status: str
) -> None:
    options = {} if body is None else {"json": body}
    answer = api.post(f"/api/messages/{message['id']}/{word}", **options)
    assert (answer.status_code, answer.json()) == (200, {"status": answered})
    fold()
    after = api.get(f"/api/messages/{message['id']}", headers={"X-Read-After": answer.headers["X-Journal-Position"]})
    assert "X-Stale" not in after.headers
    shape = after.json()
    assert shape["status"] == status
    assert [(event["type"], event["verdict"], event["source"]) for event in shape["events"]] == [(answered, "manual", "api")]
    assert shape["provider_message_id"] == (body or {}).get("provider_message_id")


def test_a_mark_waits_for_its_projection(
    api: Http, message: dict[str, Any], fold: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("little_bell.api.recorded.WRITE_SECONDS", 30.0)  # a busy machine's projector may need more than 0.25 s
    is_over = threading.Event()

    def project() -> None:
        while not is_over.wait(0.05):
            fold()

    projector = threading.Thread(target=project)
    projector.start()
    try:
        api.post(f"/api/messages/{message['id']}/sent")
        assert api.get(f"/api/messages/{message['id']}").json()["status"] == "sent"
    finally:
        is_over.set()
        projector.join()


@on_sqlite
def test_a_read_that_cannot_see_the_mark_in_time_says_so(api: Http, message: dict[str, Any]) -> None:
    position = api.post(f"/api/messages/{message['id']}/sent").headers["X-Journal-Position"]
    answer = api.get(f"/api/messages/{message['id']}", headers={"X-Read-After": position})
    assert (answer.status_code, answer.headers["X-Stale"]) == (200, "true")
    assert answer.json()["status"] == "queued"
    assert error_of(api.get("/api/campaigns", headers={"X-Read-After": "yesterday"})) == (422, "invalid", "X-Read-After")


def test_a_stated_time_counts_and_one_without_a_zone_is_utc(api: Http, message: dict[str, Any], fold: Callable[[], None]) -> None:
    api.post(f"/api/messages/{message['id']}/sent", json={"sent_at": "2026-11-20T10:00:00"})
    api.post(f"/api/messages/{message['id']}/opened", json={"opened_at": "2026-11-20T13:00:00.5+02:00"})
    fold()
    shape = api.get(f"/api/messages/{message['id']}").json()
    if shape["created_at"] < "2026-12-19":  # further back than 30 days a stated time is a wrong clock
        assert shape["sent_at"] == "2026-11-20T10:00:00Z"
        assert shape["opened_at"] == "2026-11-20T11:00:00.500000Z"
    assert shape["events"][0]["stated_at"] == "2026-11-20T10:00:00Z"


@pytest.mark.parametrize(
    ("reason", "kind", "category"),
    [
        ("550 5.1.1 no such user", "permanent", "user_unknown"),
        ("452 4.2.2 mailbox full", "temporary", "mailbox_full"),
        ("User unknown", "permanent", "user_unknown"),
        ("Mailbox full", "temporary", "mailbox_full"),
        ("it came back", "permanent", "unknown"),
        ("550-5.7.1 blocked\r\n550 see https://example.com/4.2.1", "permanent", "blocked"),
    ],
)
@on_sqlite
def test_a_raw_reply_says_why_and_whether_for_good(
    api: Http, message: dict[str, Any], fold: Callable[[], None], reason: str, kind: str, category: str
) -> None:
    api.post(f"/api/messages/{message['id']}/bounce", json={"bounce_reason": reason})
    fold()
    shape = api.get(f"/api/messages/{message['id']}").json()
    assert (shape["bounce_type"], shape["bounce_category"], shape["bounce_reason"]) == (kind, category, reason)


def test_ten_marks_are_made_in_one_call_by_any_name(api: Http, campaign: int, fold: Callable[[], None]) -> None:
    rows = [{"campaign_id": campaign, "recipient_email": "a@b.c", "external_id": f"e{n}"} for n in range(3)]
    made = api.post("/api/messages/batch", json={"messages": rows}).json()["messages"]
    marks = [
        {"id": made[0]["id"], "mark": "sent", "provider_message_id": "p0"},
        {"tracking_token": made[1]["tracking_token"], "mark": "bounce", "bounce_reason": "450 full"},
        {"external_id": "e2", "mark": "clicked"},
    ]
    answer = api.post("/api/messages/marks", json={"marks": marks})
    assert (answer.status_code, answer.json()) == (200, {"marked": 3})
    fold()
    assert [row["status"] for row in api.get("/api/messages").json()] == ["sent", "bounced", "clicked"]
    metrics = api.get(f"/api/campaigns/{campaign}").json()["metrics"]
    assert (metrics["sent"], metrics["delivered"], metrics["open_rate"], metrics["bounce_rate"]) == (3, 2, 50.0, 33.33)
    assert metrics["bounce_reasons"] == {"450 full": 1}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ({"id": 999, "mark": "sent"}, (404, "not_found", "marks[1].id")),
        ({"external_id": "twice", "mark": "sent"}, (409, "conflict", "marks[1].external_id")),
        ({"mark": "sent"}, (422, "invalid", "marks[1]")),
        ({"id": 1, "external_id": "twice", "mark": "sent"}, (422, "invalid", "marks[1]")),
        ({"id": 1, "mark": "read"}, (422, "invalid", "marks[1].mark")),
        ({"id": 1, "mark": "opened", "sent_at": "2026-01-01"}, (422, "invalid", "marks[1]")),
        ({"id": 1, "mark": "sent", "sent_at": "soon"}, (422, "invalid", "marks[1].sent_at")),
        ({"id": 1, "mark": "clicked", "url": "javascript:alert(1)"}, (422, "invalid", "marks[1].url")),
    ],
)
@on_sqlite
def test_one_bad_mark_refuses_all_and_is_named(
    api: Http, campaign: int, fold: Callable[[], None], mark: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    for _ in range(2):
        api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@b.c", "external_id": "twice"})
    assert error_of(api.post("/api/messages/marks", json={"marks": [{"id": 1, "mark": "sent"}, mark]})) == expected
    fold()
    assert api.get("/api/events").json() == []


def test_a_full_journal_answers_503_and_the_key_is_free_again(
    api: Http, message: dict[str, Any], journal: LocalJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_records: object) -> None:
        raise JournalFull("journal_full")

    path, key = f"/api/messages/{message['id']}/sent", {"Idempotency-Key": "once"}
    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", full)
        answer = api.post(path, headers=key)
    assert error_of(answer) == (503, "unavailable", None)
    assert "Retry-After" in answer.headers
    assert api.post(path, headers=key).status_code == 200


def test_the_event_stream_goes_on_where_it_stopped(api: Http, message: dict[str, Any], fold: Callable[[], None]) -> None:
    assert (api.get("/api/events").json(), api.get("/api/events").headers["X-Next-Cursor"]) == ([], "0")
    for word in ("sent", "opened", "clicked"):
        api.post(f"/api/messages/{message['id']}/{word}")
    fold()
    first = api.get("/api/events?limit=2")
    rest = api.get(f"/api/events?limit=2&after={first.headers['X-Next-Cursor']}")
    assert [event["type"] for event in [*first.json(), *rest.json()]] == ["sent", "opened", "clicked"]
    assert rest.json()[0].items() >= {"recipient_email": "reader@example.com", "tracking_token": message["tracking_token"]}.items()
    assert api.get(f"/api/events?after={rest.headers['X-Next-Cursor']}").json() == []
    assert error_of(api.get("/api/events?after=-1")) == (422, "invalid", "after")
