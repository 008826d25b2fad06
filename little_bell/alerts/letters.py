"""An alert as an e-mail, and its way to the SMTP server that the installation names."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

TIMEOUT_SECONDS = 15.0


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


def send(relay: Relay, mail: EmailMessage, connect: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
    """Hand it in. Raises OSError (smtplib's errors are ones) where it wasn't taken."""
    if relay.tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT_SECONDS, context=connect())
    else:
        server = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_SECONDS)
    with server:
        if relay.tls == "starttls":
            server.starttls(context=connect())
        if relay.user:
            server.login(relay.user, relay.password)
        server.send_message(mail)
