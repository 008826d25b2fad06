"""Feedback reports: somebody pressed “this is spam” (RFC 5965), or authentication failed (RFC 6591)."""

import re
from dataclasses import dataclass

from little_bell.mail.addresses import first_address
from little_bell.mail.mime import Part, parse_headers

#: Outlook.com's junk reporting programme sends the mail itself under this subject, and names the reader in a header of it.
_MICROSOFT = re.compile(r"complaint about message from \S", re.IGNORECASE)
_MICROSOFT_READER = re.compile(r"^X-HmXmrOriginalRecipient:([^\n]{3,320})", re.IGNORECASE | re.MULTILINE)
#: Gateways that turn reports into text leave the fields.
_EMBEDDED = re.compile(r"^Feedback-Type: ?[\w\-]{3,40}\n(?:[A-Z][\w\-]{1,40}: ?[^\n]*\n)?(?:User-Agent|Version):", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Who complained of what. `kind` is the Feedback-Type: abuse, fraud, virus, opt-out, auth-failure, …"""

    kind: str
    recipients: tuple[str, ...]
    user_agent: str = ""


def feedback_of(parts: list[Part], notice: str) -> Feedback | None:
    """The feedback report among the parts of a mail or in its text, None if there is none."""
    mail = parts[0]
    if mail.header("x-apple-unsubscribe"):  # Apple Mail unsubscribes for its reader by mail
        reader = first_address(mail.header("from"))
        return Feedback("opt-out", (reader,) if reader else ())
    if _MICROSOFT.match(mail.header("subject")):
        found = next((match for part in parts if (match := _MICROSOFT_READER.search(part.body))), None)
        reader = first_address(found[1]) if found else None
        return Feedback("abuse", (reader,) if reader else ())
    part = next((part for part in parts if part.kind == "message/feedback-report"), None)
    embedded = None if part else _EMBEDDED.search(notice)
    if part is None and embedded is None:
        return None
    return _from_fields(parse_headers(part.text() if part else notice[embedded.start() :] if embedded else ""))


def _from_fields(fields: dict[str, list[str]]) -> Feedback:
    named = [*fields.get("original-rcpt-to", []), *fields.get("removal-recipient", [])]
    addresses = [address for value in named if (address := first_address(value))]
    kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
    return Feedback(kind, tuple(dict.fromkeys(addresses)), (fields.get("user-agent") or [""])[0])
