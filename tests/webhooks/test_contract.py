"""What holds for every provider's webhooks."""

import hashlib
import json
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import update

from little_bell.db import writing
from little_bell.ingest import webhooks
from little_bell.models import now
from little_bell.models.tables import tenants
from little_bell.providers import PROVIDERS
from tests.webhooks.conftest import House
from tests.webhooks.senders import SENDERS, Sender, Wire

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def code(answer: object) -> str:
    return json.loads(answer.body)["error"]["code"]  # type: ignore[attr-defined]


def test_every_provider_but_gmail_is_tried_here() -> None:
    assert SENDERS.keys() == PROVIDERS.keys() - {"gmail"}


def test_a_bounce_is_kept_as_it_came_and_counted_for_its_message(house: House, set_up: Sender) -> None:
    message_id, token, email = house.register()
    wire = set_up.send(set_up.event(set_up.bounce, 1, email, token))
    answer = house.post(f"/webhooks/{set_up.name}/alice", wire)
    house.fold()

    assert (answer.status, answer.json) == (200, {"processed": 1})
    receipt = house.receipts()[0]
    assert (receipt.tenant_id, receipt.provider, zlib.decompress(receipt.body)) == (house.alice.tenant_id, set_up.name, wire.body)
    assert receipt.digest == hashlib.sha256(wire.body).hexdigest()
    assert "authorization" not in receipt.headers
    message = house.message(message_id)
    assert (message.status, message.bounce_type) == ("bounced", "permanent")
    assert message.bounce_category in ("user_unknown", "host_unknown")
    event = house.events(message_id)[0]
    assert (event.source, event.type, event.is_counted) == (set_up.name, "bounced", True)
    assert house.stats("bounced", "sent", "delivered") == (1, 1, 0)
    assert house.outcomes() == ["placed"]


def test_the_same_request_again_changes_nothing(house: House, set_up: Sender) -> None:
    message_id, token, email = house.register()
    wire = set_up.send(set_up.event(set_up.bounce, 1, email, token))
    for _ in range(3):
        assert house.post(f"/webhooks/{set_up.name}/alice", wire).status == 200
        house.fold()
    assert len(house.events(message_id)) == 1
    assert [receipt.deliveries for receipt in house.receipts()] == [3]
    assert house.stats("bounced") == (1,)


def test_the_same_event_in_another_request_counts_once(house: House, set_up: Sender) -> None:
    if set_up.name in ("ses", "resend"):
        pytest.skip("its requests and its events have the same ids")
    message_id, token, email = house.register()
    event = set_up.event(set_up.bounce, 1, email, token)
    other = set_up.event(set_up.unknown, 2, email, token)
    house.tell(set_up, event)
    house.tell(set_up, *([other, event] if set_up.batches else [event]))
    house.fold()
    assert len(house.events(message_id)) == 1


@on_sqlite
def test_a_word_that_nobody_knows_is_kept_and_answered(house: House, set_up: Sender) -> None:
    _, token, email = house.register()
    answer = house.tell(set_up, set_up.event(set_up.unknown, 1, email, token))
    house.fold()
    assert answer.status == 200
    assert [(receipt.state, receipt.events) for receipt in house.receipts()] == [("ignored", 1)]
    assert set_up.unknown in house.receipts()[0].outcome
    assert house.outcomes() == []


@on_sqlite
def test_without_a_proof_nothing_is_believed(house: House, set_up: Sender) -> None:
    _, token, email = house.register()
    wire = set_up.send(set_up.event(set_up.bounce, 1, email, token))
    if set_up.name in ("ses", "mailgun"):
        wire = replace(wire, body=_without_signature(wire.body))
    else:
        wire = replace(wire, headers={"content-type": set_up.kind})
    answer = house.post(f"/webhooks/{set_up.name}/alice", wire)
    house.fold()
    assert (answer.status, code(answer)) == (401, "unauthorized")
    assert house.receipts() == []
    assert house.server.counters.drops["webhook_bad_signature"] == 1


def _without_signature(body: bytes) -> bytes:
    found = json.loads(body)
    found.pop("Signature", None)
    found.pop("signature", None)
    return json.dumps(found).encode()


@on_sqlite
def test_another_tenants_secret_proves_nothing(house: House, set_up: Sender) -> None:
    _, token, email = house.register()
    assert house.tell(set_up, set_up.event(set_up.bounce, 1, email, token), secret=2).status == 401
    house.fold()
    assert house.receipts() == []


@on_sqlite
def test_another_tenants_proof_moves_nothing_of_alices(house: House, set_up: Sender) -> None:
    if set_up.name == "mandrill":
        pytest.skip("the URL is signed too")
    message_id, token, email = house.register()
    answer = house.tell(set_up, set_up.event(set_up.bounce, 1, email, token), slug="charlie", secret=2)
    house.fold()
    assert answer.status == 200
    assert house.events(message_id) == []
    assert [receipt.tenant_id for receipt in house.receipts()] == [house.charlie.tenant_id]
    assert house.outcomes() == ["unmatched"]


@on_sqlite
def test_a_secret_that_was_changed_is_valid_for_a_while(house: House, set_up: Sender) -> None:
    if set_up.name == "ses":
        pytest.skip("a topic's ARN is no secret")
    _, token, email = house.register()
    house.set_up(set_up.name, set_up.secrets[1])
    assert house.tell(set_up, set_up.event(set_up.bounce, 1, email, token), secret=0).status == 200
    assert house.tell(set_up, set_up.event(set_up.bounce, 2, email, token), secret=1).status == 200


@on_sqlite
def test_a_secret_that_was_changed_at_once_is_worth_nothing(house: House, set_up: Sender) -> None:
    if set_up.name == "ses":
        pytest.skip("a topic's ARN is no secret")
    _, token, email = house.register()
    house.set_up(set_up.name, set_up.secrets[1], keep_old_hours=0)
    assert house.tell(set_up, set_up.event(set_up.bounce, 1, email, token), secret=0).status == 401
    assert house.tell(set_up, set_up.event(set_up.bounce, 2, email, token), secret=1).status == 200


@on_sqlite
def test_a_body_that_was_cut_off_is_refused(house: House, set_up: Sender) -> None:
    _, token, email = house.register()
    wire = set_up.send(set_up.event(set_up.bounce, 1, email, token))
    cut = wire.body[: len(wire.body) // 2]
    unsigned = house.post(f"/webhooks/{set_up.name}/alice", Wire(wire.headers | {"content-length": str(len(cut))}, cut))
    signed = house.post(f"/webhooks/{set_up.name}/alice", set_up.signed(cut))
    house.fold()
    assert unsigned.status in (400, 401) and signed.status in (400, 401)
    assert house.receipts() == []


@on_sqlite
def test_a_body_of_5_mb_is_too_large(house: House, set_up: Sender) -> None:
    large = Wire({"content-type": set_up.kind, "content-length": "5000000"}, b"x" * 5_000_000)
    assert house.post(f"/webhooks/{set_up.name}/alice", large).status == 413
    without_length = Wire({"content-type": set_up.kind}, b"x" * 5_000_000)
    assert house.post(f"/webhooks/{set_up.name}/alice", without_length).status == 413


@on_sqlite
def test_another_content_type_is_refused(house: House, set_up: Sender) -> None:
    _, token, email = house.register()
    wire = set_up.send(set_up.event(set_up.bounce, 1, email, token))
    answer = house.post(f"/webhooks/{set_up.name}/alice", replace(wire, headers=wire.headers | {"content-type": "application/xml"}))
    assert (answer.status, code(answer)) == (415, "unsupported_type")


@on_sqlite
def test_where_nothing_is_set_up_the_route_is_off(house: House, sender: Sender) -> None:
    _, token, email = house.register()
    wire = sender.send(sender.event(sender.bounce, 1, email, token))
    answers = [house.post(path, wire) for path in (f"/webhooks/{sender.name}/alice", f"/webhooks/{sender.name}/nobody")]
    assert [(answer.status, code(answer)) for answer in answers] == [(404, "not_found")] * 2
    assert answers[0].body == answers[1].body


@on_sqlite
def test_a_suspended_tenants_route_is_off(house: House, set_up: Sender) -> None:
    with writing(house.engine) as connection:
        connection.execute(update(tenants).where(tenants.c.slug == "alice").values(suspended_at=now()))
    house.refresh()
    assert house.tell(set_up, set_up.event(set_up.bounce, 1, "a@example.com")).status == 404


@on_sqlite
def test_a_full_journal_asks_the_provider_to_come_again(house: House, set_up: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.server._own, "why_full", lambda: "disk_low")
    monkeypatch.setattr(house.server._own, "_why_still_full", lambda: "disk_low")
    answer = house.tell(set_up, set_up.event(set_up.bounce, 1, "a@example.com"))
    assert (answer.status, code(answer)) == (503, "unavailable")
    assert answer.headers["retry-after"] == "10"
    assert house.server.counters.drops["disk_low"] == 1


@on_sqlite
def test_too_many_bodies_at_once_are_asked_to_come_again(house: House, set_up: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WAITING", 10)
    answer = house.tell(set_up, set_up.event(set_up.bounce, 1, "a@example.com"))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    monkeypatch.undo()
    assert house.tell(set_up, set_up.event(set_up.bounce, 1, "a@example.com")).status == 200


@on_sqlite
def test_only_post_tells_anything(house: House, set_up: Sender) -> None:
    assert house.post(f"/webhooks/{set_up.name}/alice", Wire({}, b""), "GET").status == 405
    asked = house.post(f"/webhooks/{set_up.name}/alice", Wire({}, b""), "HEAD")
    assert (asked.status, asked.body) == (200, b"")
