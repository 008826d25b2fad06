"""Feedback reports: somebody pressed “this is spam” (RFC 5965), or authentication failed (RFC 6591)."""

import json
import re
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
    for part in parts:
        if part.kind == "message/feedback-report":
            return _from_fields(parse_headers(part.text()))
        if part.kind == "text/plain" and '"notificationType"' in part.body and '"complaint"' in part.body:
            return _from_amazon(part.text())
    return None


def _from_fields(fields: dict[str, list[str]]) -> Feedback:
    named = [*fields.get("original-rcpt-to", []), *fields.get("removal-recipient", [])]
    addresses = [address for value in named if (address := first_address(value))]
    kind = (fields.get("feedback-type") or ["abuse"])[0].lower()
    return Feedback(kind, tuple(dict.fromkeys(addresses)), (fields.get("user-agent") or [""])[0])


def _from_amazon(text: str) -> Feedback | None:
    """Amazon SES's complaint as SNS mails it: one line of JSON."""
    found = re.search(r"^\{[^\n]*\}", text, re.MULTILINE)
    try:
        complaint = json.loads(found[0])["complaint"] if found else None
        people = [str(person["emailAddress"]) for person in complaint["complainedRecipients"]] if complaint else []
        return Feedback(str(complaint.get("complaintFeedbackType") or "abuse"), tuple(people)) if people else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
