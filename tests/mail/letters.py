"""Letters of mail systems, written as the tests need them."""

RETURNED = (
    "\nReceived: from a.example by b.example; Thu, 1 Jan 2024 00:00:00 +0000\nFrom: news@sender.example\n"
    "To: ann@example.com\nSubject: Hello\nMessage-ID: <1@sender.example>\n\nHello there\n"
)


def mail(
    body: str, subject: str = "Undeliverable mail", sender: str = "Mail Delivery System <mailer-daemon@mx.example.net>", extra: str = ""
) -> bytes:
    """A letter as it comes."""
    head = f"From: {sender}\nTo: news@sender.example\nSubject: {subject}\nDate: Thu, 1 Jan 2024 00:00:00 +0000\n{extra}"
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".encode()
