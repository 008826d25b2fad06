"""An alert as an e-mail, and its way to the SMTP server that the installation names."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

#: For each step of it, and for all together: whoever answers a byte a second doesn't hold us.
TIMEOUT_SECONDS, WHOLE_SECONDS = 15.0, 45.0


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed in; `tls` is starttls, tls (from the first byte) or none."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: str


def letter(sender: str, to: str, subject: str, text: str, message_id: str, at: datetime) -> EmailMessage:
    """The mail. Its Message-ID is the delivery's, so that a second one is known again; nothing in a name can end a header."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    mail.set_content(text)
    return mail


class _Bounded(smtplib.SMTP):
    """A conversation that ends in time, whatever the other side does."""

    def connect(self, *args: Any, **named: Any) -> tuple[int, bytes]:
        self._end = threading.Timer(WHOLE_SECONDS, self._cut)
        self._end.daemon = True
        self._end.start()
        try:
            return super().connect(*args, **named)
        except OSError:
            self._end.cancel()
            raise

    def close(self) -> None:
        self._end.cancel()
        super().close()

    def _cut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def send(relay: Relay, mail: EmailMessage, connect: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
    """Hand it in. Raises OSError where it wasn't taken: an SMTPException with what the server said, in words."""
    try:
        _hand_in(relay, mail, connect)
    except smtplib.SMTPRecipientsRefused as refused:
        raise smtplib.SMTPException(", ".join(_words(*answer) for answer in refused.recipients.values())) from refused
    except smtplib.SMTPResponseException as refused:
        raise smtplib.SMTPException(_words(refused.smtp_code, refused.smtp_error)) from refused


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"it answered {code} {' '.join(said.split())}"


def _hand_in(relay: Relay, mail: EmailMessage, connect: Callable[[], ssl.SSLContext]) -> None:
    if relay.tls == "tls":
        server: smtplib.SMTP = _BoundedTls(relay.host, relay.port, timeout=TIMEOUT_SECONDS, context=connect())
    else:
        server = _Bounded(relay.host, relay.port, timeout=TIMEOUT_SECONDS)
    with server:
        if relay.tls == "starttls":
            server.starttls(context=connect())
        if relay.user:
            server.login(relay.user, relay.password)
        server.send_message(mail)
