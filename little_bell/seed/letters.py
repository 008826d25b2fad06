"""Mail that came back, as mail servers write it (RFC 3464): what the demo's bounces are told by."""

from datetime import UTC, datetime
from email.utils import format_datetime

DSN = """\
Return-Path: <>
Date: {date}
From: Mail Delivery System <MAILER-DAEMON@relay.little-bell.example>
To: bounces+{token}@little-bell.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{token}/relay"

--{token}/relay
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.little-bell.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{recipient}>: host mx.{domain} said: {reply} (in reply to RCPT TO command)

--{token}/relay
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.little-bell.example
Arrival-Date: {date}

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Remote-MTA: dns; mx.{domain}
Diagnostic-Code: smtp; {reply}

--{token}/relay
Content-Type: text/rfc822-headers

From: Little Tea House <hello@little-bell.example>
To: {recipient}
Subject: {subject}
X-Little-Bell-Token: {token}

--{token}/relay--
"""


def returned(recipient: str, token: str, reply: str, subject: str, at: int) -> bytes:
    """The report of a refusal, as Postfix writes it. `at`: microseconds since 1970."""
    date = format_datetime(datetime.fromtimestamp(at / 1_000_000, UTC))
    status, domain = reply.split()[1], recipient.rpartition("@")[2]
    return DSN.format(recipient=recipient, domain=domain, token=token, reply=reply, status=status, subject=subject, date=date).encode()
