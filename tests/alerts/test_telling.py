"""What is told: signed JSON to a real HTTP server, mail to a real SMTP server; tried again, never from a private network's reach."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine

from little_bell.actions.alerts import NewDestination, add_destination, remove_destination, send_test
from little_bell.actions.forms import fill
from little_bell.alerts import letters as letters_sent
from little_bell.alerts.posting import Refused, _is_public, post
from little_bell.db import reading, writing
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.providers.base import Request
from little_bell.providers.proofs import by_standard_webhook
from little_bell.queries.alerts import list_alert_deliveries, list_destinations
from little_bell.sealing import Sealing
from tests.alerts.conftest import Clock, Letters, Mail, Receiver, WatchMaker
from tests.fixtures.people import Person

Look = Callable[..., None]


@pytest.fixture
def tell_to(engine: Engine, alice: Person, sealing: Sealing) -> Callable[[str, str], tuple[int, str]]:
    """Adds a destination of Alice's; its id and secret."""

    def add(kind: str, target: str) -> tuple[int, str]:
        with writing(engine) as connection:
            new_id, secret = add_destination(
                connection, alice.tenant_id, fill(NewDestination, {"kind": kind, "target": target}), sealing.seal, "a"
            )
        return new_id, secret or ""

    return add


def bounces(mail: Mail, person: Person, name: str = "Spring") -> int:
    campaign = mail.campaign(person, name)
    mail.add(person, campaign, sent=1_000, delivered=966, bounced=34, opened=9)
    return campaign


def test_an_alert_and_its_end_reach_a_webhook_that_can_prove_who_sent_them(
    mail: Mail, alice: Person, clock: Clock, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any
) -> None:
    _, secret = tell_to("webhook", receiver.url)
    spring = bounces(mail, alice)
    look()
    assert watch().tell() == 1 and watch().tell() == 0
    mail.add(alice, spring, sent=9_000, delivered=9_000)
    look()
    watch().tell()

    (headers, first), (_, second) = receiver.got
    assert is_proven(headers, first, secret)
    assert not is_proven(headers, first + b" ", secret)
    raised, resolved = orjson.loads(first), orjson.loads(second)
    assert (raised["id"], raised["type"], raised["tenant"]) == (headers["webhook-id"], "alert.raised", "alice")
    assert raised["alert"]["campaign"] == {"id": spring, "name": "Spring"}
    assert raised["alert"]["url"] == f"https://bell.example/campaigns/{spring}"
    assert raised["alert"]["text"] == "34 of 1,000 messages bounced: 3.4 %; the limit is 2 %."
    assert (resolved["type"], resolved["alert"]["why"], resolved["alert"]["id"]) == ("alert.resolved", "better", raised["alert"]["id"])
    assert raised["id"] != resolved["id"]


def is_proven(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """As a receiver would check it, and as we check what a provider sends by the same standard."""
    return by_standard_webhook("webhook")(Request(url="", headers=headers, body=body, fetch=lambda _: b""), secret) is not None


def test_what_did_not_arrive_is_told_again_under_the_same_id_and_given_up_after_days(
    mail: Mail, alice: Person, clock: Clock, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any, told: Callable[[], list[Any]]
) -> None:
    tell_to("webhook", receiver.url)
    receiver.status = 503
    bounces(mail, alice)
    look()
    watch().tell()
    assert watch().tell() == 0  # not before its pause is over
    clock.forward(minutes=2)
    receiver.status = 200
    watch().tell()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["alert-1", "alert-1"]
    assert [(row.attempts, row.due_at, row.error) for row in told()] == [(2, None, "")]

    receiver.status = 500
    bounces(mail, alice, "Autumn")
    look()
    for _ in range(12):
        watch().tell()
        clock.forward(days=1, minutes=1)
    late = told()[1]
    assert (late.attempts, late.due_at, late.arrived_at, late.error) == (9, None, None, "it answered 500")


def test_of_several_processes_one_tells_and_who_dies_over_it_is_followed_by_another(
    mail: Mail, alice: Person, clock: Clock, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any, engine: Engine
) -> None:
    from little_bell.actions.alert_rounds import take_delivery

    tell_to("webhook", receiver.url)
    bounces(mail, alice)
    look()
    with writing(engine) as connection:
        assert take_delivery(connection, 1, clock()) is not None  # and is killed
    assert watch().tell() == 0 and receiver.got == []
    clock.forward(minutes=6)
    assert watch().tell() == 1 and len(receiver.got) == 1


def test_a_redirect_is_not_followed(
    mail: Mail, alice: Person, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any, told: Callable[[], list[Any]]
) -> None:
    tell_to("webhook", receiver.url)
    receiver.status, receiver.location = 302, receiver.url
    bounces(mail, alice)
    look()
    watch().tell()
    assert len(receiver.got) == 1 and told()[0].error == "it answered 302; a redirect isn't followed"


def test_nothing_in_a_private_network_is_asked_unless_the_operator_allows_it(
    mail: Mail, alice: Person, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any, told: Callable[[], list[Any]]
) -> None:
    tell_to("webhook", receiver.url.replace("127.0.0.1", "localhost"))
    bounces(mail, alice)
    look()
    watch(alert_private_networks=False).tell()
    assert receiver.got == [] and "private network" in told()[0].error


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        *((one, False) for one in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")),
        *(
            (one, False)
            for one in ("::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "224.0.0.1")
        ),
        *((one, True) for one in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8")),
    ],
)
def test_an_address_is_public_only_if_whatever_is_packed_into_it_is(address: str, is_public: bool) -> None:
    assert _is_public(address) is is_public


def test_whatever_is_not_http_is_refused_before_it_is_asked() -> None:
    with pytest.raises(Refused):
        post("file:///etc/passwd", {}, b"")


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("webhook", "ftp://example.com/x"),
        ("webhook", "https://"),
        ("webhook", "https://user:pass@example.com/"),
        ("webhook", "https://example.com/#there"),
        ("webhook", "https://example.com:0/"),
        ("webhook", "https://[::1/"),
        ("webhook", "https://exam\nple.com/"),
        ("email", "nobody"),
        ("email", "a@example.com,b@example.com"),
        ("pager", "+43 1 234"),
    ],
)
def test_a_destination_has_to_be_one(kind: str, target: str) -> None:
    with pytest.raises(Invalid):
        fill(NewDestination, {"kind": kind, "target": target})


def test_a_mail_says_what_is_wrong_and_nothing_in_a_name_can_end_a_header(
    mail: Mail, alice: Person, look: Look, watch: WatchMaker, letters: Letters, tell_to: Any, told: Callable[[], list[Any]]
) -> None:
    tell_to("email", "ops@example.com")
    spring = bounces(mail, alice, "Frühling & <b>mehr</b>")
    look()
    relay = {"relay_host": "127.0.0.1", "relay_port": letters.port, "relay_tls": "none", "relay_from": "bell@example.com"}
    watch(**relay).tell()
    (envelope,) = letters.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bell@example.com", ["ops@example.com"])
    letter = message_from_bytes(envelope.content, policy=policy.default)
    assert letter["Subject"] == "[alice] Bounce rate: Frühling & <b>mehr</b>"
    assert letter["Message-ID"] == "<alert-1@bell.example>" and letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_content()
    assert "34 of 1,000 messages bounced: 3.4 %" in text and f"https://bell.example/campaigns/{spring}" in text
    assert told()[0].arrived_at is not None


def test_mail_that_is_refused_or_has_no_way_out_is_shown_with_its_reason(
    mail: Mail, alice: Person, clock: Clock, look: Look, watch: WatchMaker, letters: Letters, tell_to: Any, engine: Engine
) -> None:
    tell_to("email", "ops@example.com")
    bounces(mail, alice)
    look()
    watch().tell()
    with reading(engine) as connection:
        assert "LITTLE_BELL_RELAY_HOST" in list_destinations(connection, alice.tenant_id)[0].error
    letters.refusal = "550 not from you"
    clock.forward(minutes=2)
    watch(relay_host="127.0.0.1", relay_port=letters.port, relay_tls="none").tell()
    with reading(engine) as connection:
        assert list_destinations(connection, alice.tenant_id)[0].error == "it answered 550 not from you"


def test_starttls_is_not_given_up_for_a_server_that_has_none(
    mail: Mail, alice: Person, look: Look, watch: WatchMaker, letters: Letters, tell_to: Any, told: Callable[[], list[Any]]
) -> None:
    tell_to("email", "ops@example.com")
    bounces(mail, alice)
    look()
    watch(relay_host="127.0.0.1", relay_port=letters.port, relay_user="bell", relay_password="secret").tell()
    assert letters.got == [] and told()[0].error
    assert issubclass(smtplib.SMTPNotSupportedError, OSError)


def test_a_mail_server_that_answers_a_byte_now_and_then_doesnt_hold_the_watch(
    mail: Mail, alice: Person, look: Look, watch: WatchMaker, tell_to: Any, told: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters_sent, "WHOLE_SECONDS", 0.2)
    tell_to("email", "ops@example.com")
    bounces(mail, alice)
    look()
    with socket.create_server(("127.0.0.1", 0)) as slow:
        dripping = threading.Thread(target=_drip, args=(slow,), daemon=True)
        dripping.start()
        watch(relay_host="127.0.0.1", relay_port=slow.getsockname()[1], relay_tls="none").tell()
        dripping.join()
    assert told()[0].arrived_at is None and told()[0].error and told()[0].due_at is not None


def _drip(slow: socket.socket) -> None:
    """A greeting that never ends: until whoever called hangs up."""
    connection, _ = slow.accept()
    with connection, suppress(OSError):
        while True:
            connection.sendall(b"2")
            time.sleep(0.02)


def test_a_test_is_told_at_once_and_not_again_within_half_a_minute(
    alice: Person, charlie: Person, engine: Engine, watch: WatchMaker, clock: Clock, receiver: Receiver, tell_to: Any
) -> None:
    destination, _ = tell_to("webhook", receiver.url)
    with writing(engine) as connection:
        send_test(connection, alice.tenant_id, destination)
        with pytest.raises(Conflict):
            send_test(connection, alice.tenant_id, destination)
        with pytest.raises(NotFound):
            send_test(connection, charlie.tenant_id, destination)
    clock.now += timedelta(days=365 * 80)  # the request's own clock is the machine's
    watch().tell()
    assert orjson.loads(receiver.got[0][1])["type"] == "alert.test"
    with reading(engine) as connection:
        assert list_alert_deliveries(connection, charlie.tenant_id).rows == []
        assert [(row.event, row.attempts, row.due_at) for row in list_alert_deliveries(connection, alice.tenant_id).rows] == [
            ("test", 1, None)
        ]


def test_a_destination_that_was_removed_is_told_nothing_more_and_ten_are_enough(
    mail: Mail, alice: Person, charlie: Person, engine: Engine, look: Look, watch: WatchMaker, receiver: Receiver, tell_to: Any
) -> None:
    first, _ = tell_to("webhook", receiver.url)
    bounces(mail, alice)
    look()
    with writing(engine) as connection:
        with pytest.raises(NotFound):
            remove_destination(connection, charlie.tenant_id, first, "c")
        remove_destination(connection, alice.tenant_id, first, "a")
    assert watch().tell() == 0 and receiver.got == []
    for number in range(10):
        tell_to("email", f"ops{number}@example.com")
    with pytest.raises(Conflict):
        tell_to("email", "one-more@example.com")
    assert tell_to("email", "ops1@example.com") == (3, "")


def test_the_secret_of_a_url_is_shown_once(receiver: Receiver, tell_to: Any, engine: Engine, alice: Person) -> None:
    _, secret = tell_to("webhook", receiver.url)
    with pytest.raises(Conflict):
        tell_to("webhook", receiver.url)
    with reading(engine) as connection:
        assert secret.startswith("whsec_") and secret not in str(list_destinations(connection, alice.tenant_id))
