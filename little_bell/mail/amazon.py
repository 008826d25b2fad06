"""Amazon SES notifications that SNS delivers by mail: JSON in the text, folded like a header where it is long."""

import json
from typing import Any

from little_bell.mail.arf import Feedback
from little_bell.mail.dsn import DeliveryStatus, RecipientStatus

_FIELDS = {"emailAddress": "final-recipient", "action": "action", "status": "status", "diagnosticCode": "diagnostic-code"}


def notification_of(text: str) -> dict[str, Any] | None:
    """The notification in a text, None if there is none."""
    if "notificationType" not in text:
        return None
    start = text.find("{")
    end = text.find("\n--", start)
    try:
        found = json.loads(text[start : end if end > 0 else len(text)].replace("\n ", "").replace("\n", ""))
        if isinstance(found, dict) and "Message" in found:  # the envelope of SNS
            found = json.loads(str(found["Message"]))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "notificationType" in found else None


def complaint_of(notification: dict[str, Any]) -> Feedback | None:
    """Who complained, None if it is no complaint."""
    complaint = notification.get("complaint")
    if not isinstance(complaint, dict):
        return None
    people = tuple(str(person["emailAddress"]) for person in _people(complaint.get("complainedRecipients")))
    return Feedback(str(complaint.get("complaintFeedbackType") or "abuse"), people, str(complaint.get("userAgent") or ""))


def bounce_of(notification: dict[str, Any]) -> DeliveryStatus:
    """Whose mail bounced, without recipients if it is no bounce."""
    bounce = notification.get("bounce")
    people = _people(bounce.get("bouncedRecipients")) if isinstance(bounce, dict) else []
    fields = [{field: str(person[name]) for name, field in _FIELDS.items() if person.get(name)} for person in people]
    mta = str(bounce.get("reportingMTA") or "") if isinstance(bounce, dict) else ""
    return DeliveryStatus({"reporting-mta": mta}, [RecipientStatus(each) for each in fields])


def _people(value: Any) -> list[dict[str, Any]]:
    people = value if isinstance(value, list) else []
    return [person for person in people if isinstance(person, dict) and person.get("emailAddress")]
