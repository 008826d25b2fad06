"""A real Postfix returns a mail for a user whom it doesn't have, and the listener takes it."""

import smtplib
import time
from collections.abc import Iterator

import pytest

from little_bell.domain.bounce_address import bounce_address
from tests.fixtures.mail_servers import postfix
from tests.mailroom.conftest import Listening
from tests.projector.test_reports import receipts

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
MAIL = b"From: news@sender.example\r\nTo: no-such-user@mail.example\r\nSubject: Hello\r\nX-Little-Bell-Token: token-one\r\n\r\nHello\r\n"


@pytest.fixture
def postfix_port(listening: Listening) -> Iterator[int]:
    with postfix(f"smtp:[127.0.0.1]:{listening.port}") as port:
        yield port


def test_a_mail_to_an_unknown_user_comes_back_and_bounces_its_message(listening: Listening, postfix_port: int) -> None:
    sender = bounce_address("token-one", "bounces.example")
    assert sender
    with smtplib.SMTP("127.0.0.1", postfix_port, timeout=30) as client:
        assert client.sendmail(sender, ["no-such-user@mail.example"], MAIL) == {}
    deadline = time.monotonic() + 60
    while not receipts(listening.post) and time.monotonic() < deadline:
        time.sleep(0.1)
        listening.post.project()

    message = listening.post.message("token-one")
    assert (message.status, message.bounce_type, message.bounce_category) == ("bounced", "permanent", "user_unknown")
    assert "unknown user" in message.bounce_reason
    assert receipts(listening.post) == [(listening.post.tenant_id, "matched", "1 bounced")]
