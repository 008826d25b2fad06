"""Feedback reports: somebody pressed “this is spam” (RFC 5965), or authentication failed (RFC 6591)."""

from dataclasses import dataclass

from little_bell.mail.addresses import first_address
from little_bell.mail.mime import Part, parse_headers


@dataclass(frozen=True, slots=True)
class Feedback:
    """Who complained of what. `kind` is the Feedback-Type: abuse, fraud, virus, opt-out, auth-failure, …"""

    kind: str
    recipients: tuple[str, ...]
    user_agent: str = ""


def feedback_of(parts: list[Part]) -> Feedback | None:
    """The feedback report among the parts of a mail, None if there is none."""
    if parts[0].header("x-apple-unsubscribe"):  # Apple Mail unsubscribes for its reader by mail
        reader = first_address(parts[0].header("from"))
        return Feedback("opt-out", (reader,) if reader else ())
    part = next((part for part in parts if part.kind == "message/feedback-report"), None)
    if part is None:
        return None
    fields = parse_headers(part.text())
    named = [*fields.get("original-rcpt-to", []), *fields.get("removal-recipient", [])]
    addresses = [address for value in named if (address := first_address(value))]
    kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
    return Feedback(kind, tuple(dict.fromkeys(addresses)), (fields.get("user-agent") or [""])[0])
