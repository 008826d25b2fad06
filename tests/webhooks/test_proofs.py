"""Where a signature leaves room: time, bodies it doesn't cover, URLs that it does. And the way in with an API key."""

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.config import Settings
from little_bell.db import writing
from little_bell.domain.errors import Invalid
from little_bell.domain.events import Scope
from little_bell.domain.tokens import KeyRing
from little_bell.models.tables import webhook_endpoints
from little_bell.providers import PROVIDERS, fit_secret
from little_bell.sealing import Sealing
from tests.webhooks import senders
from tests.webhooks.conftest import House
from tests.webhooks.senders import MAILGUN_KEYS, SENDERS, Sender, Wire, mailgun_event

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BY_SIGNATURE = ["generic", "mailgun", "resend", "sendgrid", "ses"]
DAY = 24 * 3600


def at(sender: Sender, moment: float, *events: dict[str, Any]) -> Wire:
    """A request as the provider would have signed it at another time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(senders.time, "time", lambda: moment)
        return sender.send(*events)


@on_sqlite
@pytest.mark.parametrize("name", BY_SIGNATURE)
@pytest.mark.parametrize(("age", "status"), [(3 * DAY, 401), (-3_600, 401), (60, 200)])
def test_what_was_signed_long_ago_or_in_the_future_is_refused(house: House, name: str, age: float, status: int) -> None:
    sender = SENDERS[name]
    house.set_up(name, sender.secrets[0])
    wire = at(sender, time.time() - age, sender.event(sender.bounce, 1, "ada@example.com"))
    assert house.post(f"/webhooks/{name}/alice", wire).status == status


def forged(body: bytes) -> Wire:
    """Another event under the signature of a request that somebody saw."""
    found = json.loads(body)
    found["event-data"] = mailgun_event("complained", 99, "victim@example.com")
    return Wire({"content-type": "application/json"}, json.dumps(found).encode())


def test_a_signature_that_doesnt_cover_the_body_is_good_for_one_body(house: House) -> None:
    house.set_up("mailgun", MAILGUN_KEYS[0])
    message_id, token, email = house.register()
    victim, _, _ = house.register(recipient="victim@example.com")
    wire = SENDERS["mailgun"].send(mailgun_event("delivered", 1, email, token))
    assert house.post("/webhooks/mailgun/alice", wire).status == 200
    assert house.post("/webhooks/mailgun/alice", forged(wire.body)).status == 401
    house.fold()
    house.stop()
    house.start()  # and forgets what it had in memory
    assert house.post("/webhooks/mailgun/alice", forged(wire.body)).status == 200
    house.fold()
    assert (house.message(message_id).status, house.events(victim)) == ("delivered", [])
    assert len(house.receipts()) == 1


@on_sqlite
def test_mailguns_older_forms_are_understood(house: House) -> None:
    house.set_up("mailgun", MAILGUN_KEYS[0])
    message_id, token, email = house.register()
    timestamp = str(int(time.time()))
    mac = hmac.new(MAILGUN_KEYS[0].encode(), f"{timestamp}a-token".encode(), hashlib.sha256).hexdigest()
    fields = {"event": "bounced", "recipient": email, "code": "550", "error": "5.1.1 no such user", "lb_token": token}
    fields |= {"timestamp": timestamp, "token": "a-token", "signature": mac}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = ("".join(parts) + "--b--\r\n").encode()
    assert house.post("/webhooks/mailgun/alice", Wire({"content-type": "multipart/form-data; boundary=b"}, body)).status == 200
    house.fold()
    assert house.message(message_id).bounce_category == "user_unknown"


@on_sqlite
def test_a_url_that_a_proxy_changes_is_written_behind_mandrills_key(house: House) -> None:
    sender = SENDERS["mandrill"]
    wire = sender.send(sender.event("send", 1, "ada@example.com"))
    house.set_up("mandrill", sender.secrets[0], house.charlie)
    assert house.post("/webhooks/mandrill/charlie", wire).status == 401
    house.set_up("mandrill", f"{sender.secrets[0]} {senders.MANDRILL_URL}", house.charlie)
    assert house.post("/webhooks/mandrill/charlie", wire).status == 200


@on_sqlite
def test_the_settings_set_up_the_default_tenant(house: House) -> None:
    with writing(house.engine) as connection:
        create_tenant(connection, NewTenant(slug="default"), "tests")
    house.stop()
    own = {"sendgrid_webhook_secret": SENDERS["sendgrid"].secrets[0], "webhook_secrets": "brevo=bell:a-long-password-of-ours; x=y"}
    house.settings = Settings(**house.settings.model_dump() | own)
    house.start()
    for name in ("sendgrid", "brevo"):
        sender = SENDERS[name]
        wire = sender.send(sender.event(sender.bounce, 1, "ada@example.com"))
        assert house.post(f"/webhooks/{name}", wire).status == 200
        assert house.post(f"/webhooks/{name}/default", wire).status == 200
        assert house.post(f"/webhooks/{name}/alice", wire).status == 404


def test_secrets_are_kept_encrypted_for_one_tenant_and_provider(house: House) -> None:
    house.set_up("mailgun", "a secret of Mailgun's")
    sealed = bytes(house.rows(select(webhook_endpoints.c.sealed))[0].sealed)
    assert b"Mailgun" not in sealed
    sealing, whose = house.server.sealing, f"webhook/{house.alice.tenant_id}/mailgun"
    assert "a secret of Mailgun's" in (sealing.unseal(sealed, whose) or "")
    assert sealing.unseal(sealed, f"webhook/{house.charlie.tenant_id}/mailgun") is None
    assert sealing.unseal(sealed[:-1], whose) is None


def test_what_an_older_key_sealed_is_opened_by_the_ring() -> None:
    old, new = "an old secret key", "a new secret key of ours"
    sealed = Sealing(KeyRing([old])).seal("text", "me")
    assert Sealing(KeyRing([new, old])).unseal(sealed, "me") == "text"
    assert Sealing(KeyRing([new])).unseal(sealed, "me") is None


@pytest.mark.parametrize("name", sorted(SENDERS))
def test_a_secret_is_looked_at_before_it_is_kept(name: str) -> None:
    provider = PROVIDERS[name]
    assert fit_secret(provider, f" {SENDERS[name].secrets[0]}\n") == SENDERS[name].secrets[0]
    if provider.makes_secret:
        assert len(fit_secret(provider, "")) > 30
    else:
        with pytest.raises(Invalid):
            fit_secret(provider, "")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("sendgrid", "no key"),
        pytest.param("sendgrid", SENDERS["postal"].secrets[0], id="sendgrid-postal's key"),  # made anew in each process
        pytest.param("postal", SENDERS["sendgrid"].secrets[0], id="postal-sendgrid's key"),
        ("ses", "arn:aws:sqs:eu-west-1:123456789012:queue"),
        ("resend", "secret"),
        ("postmark", "user:p@ss/word"),
        ("mailjet", "short"),
    ],
)
def test_what_can_prove_nothing_is_refused_at_once(name: str, secret: str) -> None:
    with pytest.raises(Invalid):
        fit_secret(PROVIDERS[name], secret)


# With an API key -------------------------------------------------------------------------------------------------------


def tell(house: House, path: str, headers: dict[str, str], body: Any) -> Any:
    return house.post(path, Wire(headers, json.dumps(body).encode()))


@pytest.mark.parametrize("path", ["/webhooks/sendgrid", "/webhooks/sendgrid/alice"])
@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_the_unsigned_form_of_old_is_taken_with_an_api_key(house: House, path: str, header: str) -> None:
    message_id, token, email = house.register()
    headers = house.key(house.alice)
    if header == "x-api-key":
        headers["x-api-key"] = headers.pop("authorization").removeprefix("Bearer ")
    event = {"event": "bounce", "email": email, "sg_message_id": token, "bounce_type": "permanent", "reason": "550 5.1.1 User unknown"}
    answer = tell(house, path, headers, event)
    assert (answer.status, answer.json) == (200, {"processed": 1})
    assert answer.headers["x-journal-position"]
    assert tell(house, path, headers, [event, event | {"event": "delivered"}]).json == {"processed": 2}
    house.fold()
    message = house.message(message_id)
    assert (message.status, message.bounce_type, message.bounce_reason) == ("bounced", "permanent", "550 5.1.1 User unknown")


@on_sqlite
def test_a_key_must_be_known_may_report_and_be_the_tenants(house: House) -> None:
    event = {"event": "bounce", "email": "ada@example.com"}
    unknown = {"authorization": "Bearer lb_" + "x" * 43, "content-type": "application/json"}
    assert tell(house, "/webhooks/sendgrid", unknown, event).status == 401
    assert tell(house, "/webhooks/sendgrid", house.key(house.alice, scopes=(Scope.READ,)), event).status == 403
    assert tell(house, "/webhooks/sendgrid/alice", house.key(house.charlie), event).status == 404
    assert tell(house, "/webhooks/sendgrid", house.key(house.alice), "text").status == 400
    house.fold()
    assert house.receipts() == []


@on_sqlite
def test_strangers_keys_report_to_their_own_tenant_alone(house: House) -> None:
    message_id, token, email = house.register()
    event = {"event": "bounce", "email": email, "sg_message_id": token}
    assert tell(house, "/webhooks/sendgrid", house.key(house.charlie), event).status == 200
    house.fold()
    assert house.events(message_id) == []
