"""Whoever looks after webhooks: over HTTP and by command."""

import json
import time
from typing import Any

import pytest
from sqlalchemy import update

from little_bell.db import writing
from little_bell.models.tables import provider_events, webhook_receipts
from tests.webhooks.conftest import Answer, House
from tests.webhooks.senders import SENDERS, Wire, generic_event

GENERIC = SENDERS["generic"]


@pytest.fixture(autouse=True)
def _set_up(house: House) -> None:
    house.set_up("generic", GENERIC.secrets[0])


def get(house: House, path: str, headers: dict[str, str]) -> Any:
    answer = house.post(path, Wire(headers, b""), "GET")
    assert answer.status == 200, answer.body
    return answer.json


def rerun(house: House, receipt_id: int, headers: dict[str, str]) -> Answer:
    return house.post(f"/api/webhooks/deliveries/{receipt_id}/rerun", Wire(headers, b""))


def test_endpoints_and_deliveries_are_listed_without_their_secrets(house: House) -> None:
    _, token, email = house.register()
    house.tell(GENERIC, generic_event("delivered", 1, email, token))
    house.fold()
    alice, charlie = house.key(house.alice), house.key(house.charlie)
    listed = get(house, "/api/webhooks", alice)
    assert [(row["provider"], row["counts_opens"], row["last_at"] is not None) for row in listed] == [("generic", True, True)]
    assert "secret" not in json.dumps(listed)
    delivery = get(house, "/api/webhooks/deliveries", alice)[0]
    assert (delivery["provider"], delivery["events"], delivery["placed"]) == ("generic", 1, 1)
    assert get(house, "/api/webhooks", charlie) == get(house, "/api/webhooks/deliveries", charlie) == []


def test_a_delivery_is_read_again_and_only_what_was_not_placed_is(house: House) -> None:
    known, token, email = house.register()
    house.tell(GENERIC, generic_event("delivered", 1, email, token), generic_event("delivered", 2, "late@example.com"))
    house.fold()
    late, _, _ = house.register(recipient="late@example.com")
    with writing(house.engine) as connection:  # it was given up
        connection.execute(update(provider_events).where(provider_events.c.outcome == "unmatched").values(due_at=None, record=None))
    alice = house.key(house.alice)
    receipt_id = get(house, "/api/webhooks/deliveries", alice)[0]["id"]
    assert rerun(house, receipt_id, house.key(house.charlie)).status == 404
    assert rerun(house, receipt_id, alice).json == {"processed": 2}
    house.fold()
    assert [len(house.events(each)) for each in (known, late)] == [1, 1]
    assert get(house, "/api/webhooks/deliveries", alice)[0]["placed"] == 2


def test_what_an_erasure_left_is_neither_read_again_nor_told_again(house: House) -> None:
    message_id, token, email = house.register()
    house.tell(GENERIC, generic_event("delivered", 1, email, token))
    house.fold()
    receipt_id = house.receipts()[0].id
    with writing(house.engine) as connection:
        connection.execute(update(webhook_receipts).values(body=b"", headers={}))
        connection.execute(update(provider_events).values(outcome="erased"))
    assert rerun(house, receipt_id, house.key(house.alice)).status == 404
    house.tell(GENERIC, generic_event("delivered", 1, email, token))
    house.fold()
    assert (len(house.events(message_id)), house.outcomes()) == (1, ["erased"])


def test_what_a_provider_told_stands_beside_its_campaign(house: House) -> None:
    _, token, email = house.register()
    house.tell(GENERIC, generic_event("opened", 1, email, token, at=time.time() - 600))
    house.fold()
    told = get(house, f"/api/campaigns/{house.campaign_id}/providers", house.key(house.alice))
    assert told == [{"provider": "generic", "opens": 1, "merged_opens": 0, "clicks": 0, "merged_clicks": 0}]


def test_the_last_refusals_are_remembered_for_their_owner(house: House) -> None:
    house.tell(GENERIC, generic_event("opened", 1, "a@example.com"), secret=2)
    refusal = house.server.refusals.of(house.alice.tenant_id, "generic")[0]
    assert (refusal.reason, refusal.message.startswith("this isn't signed")) == ("webhook_bad_signature", True)
    assert house.server.refusals.of(house.charlie.tenant_id, "generic") == []
