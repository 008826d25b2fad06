"""The SMTP listener: it takes what comes back for messages that there are, in bounded memory, and nothing else."""

import smtplib
import socket

import pytest
from sqlalchemy import select

from little_bell.domain.bounce_address import bounce_address, token_in
from little_bell.journal.base import JournalFull
from little_bell.mailroom.smtp import Door, SmtpLimits
from little_bell.models.tables import webhook_receipts
from tests.fixtures.people import Person
from tests.mailroom.conftest import Listening, running
from tests.projector.conftest import Post
from tests.projector.test_reports import bounce_to, receipts

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ONE = "bounces+token-one@bounces.example"
RAW = bounce_to("somebody@elsewhere.example").replace(b"\n", b"\r\n")


def test_a_bounce_to_a_messages_own_address_bounces_it(listening: Listening) -> None:
    assert listening.send(RAW, ONE) == {}
    listening.post.project()
    assert listening.post.message("token-one").status == "bounced"
    assert listening.post.message("token-two").status == "queued"
    assert receipts(listening.post) == [(listening.post.tenant_id, "matched", "1 bounced")]


def test_a_mail_for_two_messages_is_about_both(listening: Listening) -> None:
    listening.send(RAW, ONE, "BOUNCES+token-two@Bounces.Example")
    listening.post.project()
    assert [listening.post.message(token).status for token in ("token-one", "token-two")] == ["bounced", "bounced"]


@on_sqlite
@pytest.mark.parametrize(
    "recipient",
    [
        "somebody@example.com",
        "bounces+no-such-token@bounces.example",
        "bounces+token-one@elsewhere.example",
        "bounces+token-one",
        "bounces@bounces.example",
        "postmaster@bounces.example",
        "bounces+token-one%elsewhere.example@bounces.example",
        "@relay.example:bounces+token-one@elsewhere.example",
    ],
)
def test_nothing_is_taken_for_anybody_else(listening: Listening, recipient: str) -> None:
    with listening.client() as client:
        client.ehlo()
        client.mail("")
        code, _ = client.rcpt(recipient)
        assert code in (550, 553)
        assert client.docmd("DATA")[0] == 503
    assert list(listening.post.journals.glob("*/*.db")) == []


@on_sqlite
def test_another_tenants_token_is_that_tenants(listening: Listening, charlie: Person) -> None:
    campaign = listening.post.new_campaign(charlie.tenant_id)
    listening.post.register("token-of-charlie", campaign_id=campaign, tenant_id=charlie.tenant_id)
    listening.send(RAW, "bounces+token-of-charlie@bounces.example")
    listening.post.project()
    assert [tenant for tenant, _, _ in receipts(listening.post)] == [charlie.tenant_id]


@on_sqlite
def test_a_full_journal_asks_the_sender_to_come_again(listening: Listening) -> None:
    listening.keep_error = JournalFull("disk_low")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        listening.send(RAW, ONE)
    assert refused.value.smtp_code == 451


@on_sqlite
def test_a_database_that_is_away_asks_the_sender_to_come_again(listening: Listening) -> None:
    listening.lookup_error = OSError("the database is away")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        listening.send(RAW, ONE)
    assert [code for code, _ in refused.value.recipients.values()] == [451]


@on_sqlite
def test_long_lines_and_dots_come_through_and_what_is_too_large_does_not(post: Post) -> None:
    post.register("token-one")
    with running(Listening(post, SmtpLimits(message_bytes=3_000_000))) as listening:
        long = RAW + b"a" * 100_000 + b"\r\n.\r\n..\r\n" + b"b" * 2_000_000 + b"\r\n"
        with listening.client() as client:
            for _ in range(2):  # the connection goes on behind it
                client.sendmail("", ONE, long)
            with pytest.raises(smtplib.SMTPSenderRefused):  # what says its size is refused at once
                client.sendmail("", ONE, b"x" * 3_000_001)
            client.ehlo_or_helo_if_needed()
            client.esmtp_features.pop("size")
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.sendmail("", ONE, b"x" * 3_000_001)
    assert refused.value.smtp_code == 552
    post.project()
    [body] = [row[0] for row in post.rows(select(webhook_receipts.c.body))]
    assert body.startswith(RAW) and body[len(RAW) + 100_000 :].startswith(b"\r\n.\r\n..\r\nbbb")


@on_sqlite
def test_too_many_connections_and_mails_are_put_off(post: Post) -> None:
    post.register("token-one")
    with running(Listening(post, SmtpLimits(connections=8, mails_a_minute=3))) as listening:
        first = [listening.client() for _ in range(2)]
        with pytest.raises(smtplib.SMTPConnectError) as refused:  # a quarter of all from one address
            listening.client()
        assert refused.value.smtp_code == 421
        for client in first:
            client.quit()
        for _ in range(3):
            listening.send(RAW, ONE)
        with pytest.raises(smtplib.SMTPSenderRefused) as put_off:
            listening.send(RAW, ONE)
        assert put_off.value.smtp_code == 450


@on_sqlite
def test_a_client_that_goes_away_within_a_mail_leaves_nothing(listening: Listening) -> None:
    with socket.create_connection(("127.0.0.1", listening.port), timeout=10) as client:
        client.sendall(f"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<{ONE}>\r\nDATA\r\nFrom: MAILER-DAEMON\r\n".encode())
        while b"354" not in client.recv(4_096):
            pass
    assert listening.send(RAW, ONE) == {}
    listening.post.project()
    assert len(receipts(listening.post)) == 1


def test_room_is_given_back() -> None:
    door = Door(lambda _: None, lambda *_: None, limits=SmtpLimits(connections=4))
    assert [door.admit("a"), door.admit("a"), door.admit("b")] == [True, False, True]
    door.leave("a")
    assert door.admit("a") and door.open_from.total() == 2


@pytest.mark.parametrize("token", ["abcdefgh", "a" * 56, "a.b-c_d~e", ".first-dot"])
def test_a_token_comes_back_out_of_its_address(token: str) -> None:
    assert token_in(str(bounce_address(token, "bounces.example")), "bounces.example") == token


@pytest.mark.parametrize("token", ["a" * 57, "two..dots", "last-dot."])
def test_a_token_that_no_address_can_hold_has_none(token: str) -> None:
    assert bounce_address(token, "bounces.example") is None
