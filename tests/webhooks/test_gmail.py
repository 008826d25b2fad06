"""Gmail's ways in: raw mail, the API's message, Pub/Sub with Google's token, the form of the system before."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from little_bell.providers import google
from tests.projector.test_reports import bounce_to
from tests.webhooks.conftest import BASE_URL, Answer, House
from tests.webhooks.senders import RSA_KEYS, Wire

ACCOUNT = "pusher@project.iam.gserviceaccount.com"
URL = f"{BASE_URL}/webhooks/gmail/alice"
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def whole(number: int) -> str:
    return part(number.to_bytes((number.bit_length() + 7) // 8))


def token(key: int = 0, alg: str = "RS256", **claims: Any) -> str:
    """What Pub/Sub sends as bearer token."""
    now = int(time.time())
    told = {"iss": "https://accounts.google.com", "aud": URL, "email": ACCOUNT, "email_verified": True, "iat": now, "exp": now + 3_600}
    signed = f"{part(json.dumps({'alg': alg, 'kid': 'one', 'typ': 'JWT'}).encode())}.{part(json.dumps(told | claims).encode())}"
    return f"{signed}.{part(RSA_KEYS[key].sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@pytest.fixture(autouse=True)
def _google(house: House) -> None:
    google._known.clear()
    google._asked_at[0] = -google.ASK_AGAIN_SECONDS
    numbers = RSA_KEYS[0].public_key().public_numbers()
    key = {"kid": "one", "kty": "RSA", "alg": "RS256", "n": whole(numbers.n), "e": whole(numbers.e)}
    house.web.pages[google.KEYS_URL] = json.dumps({"keys": [key]}).encode()
    house.set_up("gmail", ACCOUNT)


def push(house: House, bearer: str, data: Any = None, path: str = "/webhooks/gmail/alice") -> Answer:
    content = json.dumps(data or {"emailAddress": "news@sender.example", "historyId": 9876}).encode()
    message = {"data": base64.b64encode(content).decode(), "messageId": "136969346945", "publishTime": "2026-11-22T07:00:00Z"}
    body = json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()
    return house.post(path, Wire({"content-type": "application/json", "authorization": f"Bearer {bearer}"}, body))


@on_sqlite
def test_googles_push_is_believed_kept_and_answered(house: House) -> None:
    answer = push(house, token())
    house.fold()
    assert (answer.status, answer.json) == (200, {"processed": True})
    assert [(receipt.state, receipt.outcome) for receipt in house.receipts()] == [("ignored", "not known: historyId")]
    assert push(house, token()).status == 200
    assert house.web.asked == [google.KEYS_URL]  # and kept


@on_sqlite
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "https://other.example/webhooks/gmail/alice"},
        {"email": "somebody@else.iam.gserviceaccount.com"},
        {"email_verified": False},
        {"exp": int(time.time()) - 3_600},
        {"iat": int(time.time()) - 3 * 86_400},
        {"key": 1},
        {"alg": "none"},
        {"alg": "HS256"},
    ],
)
def test_a_token_that_isnt_googles_for_us_is_refused(house: House, claims: dict[str, Any]) -> None:
    assert push(house, token(**claims)).status == 401


@on_sqlite
@pytest.mark.parametrize("bearer", ["", "x", "a.b.c", "e30.e30.e30", "e30.e30"])
def test_what_is_no_token_is_refused(house: House, bearer: str) -> None:
    assert push(house, bearer).status == 401
    assert house.post("/webhooks/gmail/alice", Wire({"content-type": "application/json"}, b"{}")).status == 401


@on_sqlite
def test_keys_that_are_away_ask_google_to_come_again(house: House) -> None:
    house.web.pages.clear()
    assert push(house, token()).status == 503


def test_a_message_within_a_push_is_read(house: House) -> None:
    message_id, mine, email = house.register()
    raw = bounce_to(email, returned=f"X-Little-Bell-Token: {mine}")
    assert push(house, token(), {"id": "18c", "internalDate": "1795000000000", "raw": part(raw)}).status == 200
    house.fold()
    assert house.message(message_id).status == "bounced"


@pytest.mark.parametrize("form", ["raw", "api"])
def test_mail_that_came_back_is_taken_with_an_api_key(house: House, form: str) -> None:
    message_id, mine, email = house.register()
    raw = bounce_to(email, returned=f"X-Little-Bell-Token: {mine}")
    headers = house.key(house.alice)
    wire = Wire(headers | {"content-type": "message/rfc822"}, raw)
    if form == "api":
        wire = Wire(headers, json.dumps({"id": "18c", "threadId": "18c", "raw": part(raw)}).encode())
    for _ in range(2):
        answer = house.post("/webhooks/gmail", wire)
        assert (answer.status, answer.json) == (200, {"processed": True})
        house.fold()
    assert [(event.type, event.source) for event in house.events(message_id)] == [("bounced", "gmail")]
    assert [receipt.provider for receipt in house.receipts()] == ["mail"]


@pytest.mark.parametrize("named", ["token", "message_id", "text"])
def test_the_form_of_old_names_its_message_by_token_or_id(house: House, named: str) -> None:
    message_id, mine, _ = house.register()
    by = {"token": {"token": mine}, "message_id": {"message_id": message_id}, "text": {"message_id": str(message_id)}}[named]
    event = by | {"status": "permanent-failure", "reason": "no such user", "diagnostic_code": "550 5.1.1 User unknown"}
    for _ in range(2):
        answer = house.post("/webhooks/gmail", Wire(house.key(house.alice), json.dumps(event).encode()))
        assert (answer.status, answer.json) == (200, {"processed": True})
    house.fold()
    message = house.message(message_id)
    assert (message.status, message.bounce_type, message.bounce_category) == ("bounced", "permanent", "user_unknown")
    assert message.bounce_reason == "no such user"
    assert len(house.events(message_id)) == 1


@on_sqlite
def test_another_tenants_id_finds_nothing(house: House) -> None:
    message_id, _, _ = house.register()
    event = {"message_id": message_id, "status": "permanent-failure"}
    assert house.post("/webhooks/gmail", Wire(house.key(house.charlie), json.dumps(event).encode())).status == 200
    house.fold()
    assert house.events(message_id) == []


@on_sqlite
@pytest.mark.parametrize("body", [b"[]", b"{", b'{"raw": 7}', b'{"raw": "***"}', b'"x"'])
def test_what_cant_be_read_is_refused(house: House, body: bytes) -> None:
    answer = house.post("/webhooks/gmail", Wire(house.key(house.alice), body))
    house.fold()
    assert answer.status == 400 and house.receipts() == []
