"""Idempotency-Key."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from little_bell.db import writing
from little_bell.models import now
from little_bell.models.tables import idempotency_keys
from tests.api.conftest import Http, error_of, key_of, on_sqlite
from tests.fixtures.people import Person

KEY = {"Idempotency-Key": "order 7"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/campaigns", {"name": "once"}),
        ("/api/messages", {"campaign_id": 1, "recipient_email": "a@b.c"}),
        ("/api/messages/batch", {"messages": [{"campaign_id": 1, "recipient_email": "a@b.c"}] * 50}),
        ("/api/messages/1/links", {"url": "https://example.com"}),
        ("/api/messages/1/sent", {"provider_message_id": "p"}),
        ("/api/messages/marks", {"marks": [{"id": 1, "mark": "sent"}]}),
    ],
)
def test_a_repeated_post_is_answered_again_and_done_once(api: Http, message: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    first, second = api.post(path, json=body, headers=KEY), api.post(path, json=body, headers=KEY)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.headers.get("Idempotent-Replay"), second.headers.get("Idempotent-Replay")) == (None, "true")
    assert error_of(api.post(path, json={**body, "x": 1}, headers=KEY))[0] == 422
    if path == "/api/campaigns":
        assert len(api.get("/api/campaigns").json()) == 2


def test_another_body_under_the_same_key_is_refused(api: Http) -> None:
    api.post("/api/campaigns", json={"name": "a"}, headers=KEY)
    assert error_of(api.post("/api/campaigns", json={"name": "b"}, headers=KEY)) == (422, "idempotency_key_reused", "Idempotency-Key")
    assert len(api.get("/api/campaigns").json()) == 1


def test_a_key_belongs_to_one_api_key_and_one_route(api: Http, campaign: int, app: Any, engine: Engine, alice: Person) -> None:
    other = Http(app, key_of(engine, alice))
    assert (
        api.post("/api/campaigns", json={"name": "a"}, headers=KEY).json()["id"]
        != other.post("/api/campaigns", json={"name": "a"}, headers=KEY).json()["id"]
    )
    assert api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@b.c"}, headers=KEY).status_code == 201


def test_a_refused_request_does_not_use_its_key_up(api: Http) -> None:
    assert api.post("/api/messages", json={"campaign_id": 9, "recipient_email": "a@b.c"}, headers=KEY).status_code == 404
    campaign = api.post("/api/campaigns", json={"name": "a"}).json()["id"]
    assert api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "a@b.c"}, headers=KEY).status_code == 201


def test_a_key_is_free_again_after_a_day(api: Http, engine: Engine) -> None:
    first = api.post("/api/campaigns", json={"name": "a"}, headers=KEY).json()["id"]
    with writing(engine) as connection:
        connection.execute(update(idempotency_keys).values(created_at=now() - timedelta(hours=25)))
    assert api.post("/api/campaigns", json={"name": "b"}, headers=KEY).json()["id"] != first


def test_a_request_that_is_still_running_is_a_conflict(api: Http, message: dict[str, Any], engine: Engine) -> None:
    path = f"/api/messages/{message['id']}/sent"
    api.post(path, headers=KEY)
    with writing(engine) as connection:
        connection.execute(update(idempotency_keys).values(status=None, response=None))
    assert error_of(api.post(path, headers=KEY)) == (409, "still_running", "Idempotency-Key")
    with writing(engine) as connection:  # it died on its way
        connection.execute(update(idempotency_keys).values(created_at=now() - timedelta(minutes=3)))
    assert api.post(path, headers=KEY).status_code == 200


def test_two_at_once_are_done_once(api: Http) -> None:
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(api.post("/api/campaigns", json={"name": "a"}, headers=KEY))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert len(api.get("/api/campaigns").json()) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\tin it"])
@on_sqlite
def test_a_poor_key_is_refused(api: Http, key: str) -> None:
    answer = api.post("/api/campaigns", json={"name": "a"}, headers={"Idempotency-Key": key})
    assert error_of(answer) == (422, "invalid", "Idempotency-Key")
