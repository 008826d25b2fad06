"""A webhook that was answered counts once, wherever a process dies; what came too late, or was cut, counts not at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from little_bell.db import writing
from little_bell.models import now
from little_bell.models.tables import bounces, provider_events, webhook_receipts
from little_bell.projector import notices, projection
from little_bell.projector.recount import recount
from tests.webhooks.conftest import House
from tests.webhooks.senders import SENDERS, sendgrid_event
from tests.webhooks.test_placing import keep_rare_house

SENDGRID = SENDERS["sendgrid"]
STEPS = ("read", "write_notices", "write_bounces", "add_counts", "_write_outcome")


class Killed(BaseException):
    """What no handler of ours catches, as a kill isn't caught."""


@pytest.fixture(autouse=True)
def _set_up(house: House) -> None:
    house.set_up("sendgrid", SENDGRID.secrets[0])


def assert_one_bounce(house: House, message_id: int) -> None:
    assert house.message(message_id).status == "bounced"
    assert house.stats("bounced", "sent") == (1, 1)
    assert len(house.rows(select(bounces.c.id))) == 1
    assert [(receipt.provider, receipt.events) for receipt in house.receipts()] == [("sendgrid", 1)]
    assert house.outcomes() == ["placed"]
    with writing(house.engine) as connection:
        assert recount(connection).differences == []


@pytest.mark.parametrize("step", STEPS)
def test_a_projector_that_dies_anywhere_leaves_it_to_the_next(house: House, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message_id, token, email = house.register()
    assert house.tell(SENDGRID, sendgrid_event("bounce", 1, email, token)).status == 200

    def die(*_args: Any, **_more: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(notices if step == "read" else projection, "find_messages" if step == "read" else step, die)
        with pytest.raises(Killed):
            house.fold()
    assert house.receipts() == [] and house.events(message_id) == []
    house.fold()
    assert_one_bounce(house, message_id)


def test_a_server_that_dies_after_its_answer_leaves_nothing_undone(house: House) -> None:
    message_id, token, email = house.register()
    wire = SENDGRID.send(sendgrid_event("bounce", 1, email, token))
    assert house.post("/webhooks/sendgrid/alice", wire).status == 200
    house.stop()
    house.start()
    house.fold()
    assert house.post("/webhooks/sendgrid/alice", wire).status == 200  # the provider never heard the first answer
    house.fold()
    assert_one_bounce(house, message_id)


def test_a_server_that_dies_before_its_answer_is_told_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    message_id, token, email = house.register()
    wire = SENDGRID.send(sendgrid_event("bounce", 1, email, token))

    def die(_records: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house.server.journal, "append", die)
        desk = house.server._webhooks._desk
        before = desk.append
        object.__setattr__(desk, "append", die)
        with pytest.raises(Killed):
            house.post("/webhooks/sendgrid/alice", wire)
        object.__setattr__(desk, "append", before)
    house.fold()
    assert house.receipts() == []
    house.post("/webhooks/sendgrid/alice", wire)
    house.fold()
    assert_one_bounce(house, message_id)


def test_the_database_may_be_away_when_a_provider_comes(house: House) -> None:
    message_id, token, email = house.register()
    wire = SENDGRID.send(sendgrid_event("bounce", 1, email, token))
    with writing(house.engine) as connection:  # SQLite's one lock is taken
        connection.exec_driver_sql("UPDATE tenants SET name = name")
        assert house.post("/webhooks/sendgrid/alice", wire).status == 200
    house.fold()
    assert_one_bounce(house, message_id)


def test_old_receipts_go_and_young_ones_stay(house: House) -> None:
    _, token, email = house.register()
    for number in range(3):
        house.tell(SENDGRID, sendgrid_event("deferred", number, email, token))
    house.fold()
    first = house.receipts()[0].id
    with writing(house.engine) as connection:
        old = now() - timedelta(days=31)
        connection.execute(update(webhook_receipts).where(webhook_receipts.c.id == first).values(received_at=old))
    keep_rare_house(house)
    assert [receipt.id - first for receipt in house.receipts()] == [1, 2]
    assert {row.receipt_id - first for row in house.rows(select(provider_events.c.receipt_id))} == {1, 2}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_thousand_events_in_one_request(house: House) -> None:
    made = [house.register() for _ in range(20)]
    events = [
        sendgrid_event(word, n * 20 + m, email, token)
        for n, word in enumerate(("processed", "delivered") * 25)
        for m, (_, token, email) in enumerate(made)
    ]
    assert house.tell(SENDGRID, *events).json == {"processed": 1_000}
    house.fold()
    assert house.stats("sent", "delivered") == (20, 20)
