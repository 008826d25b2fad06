"""One mail that came back, read: what kind it is, whom it is about, why, and to which message of ours it belongs."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from little_bell.mail import signs
from little_bell.mail.amazon import bounce_of, complaint_of, notification_of
from little_bell.mail.arf import Feedback, feedback_of
from little_bell.mail.dsn import STATUS_KINDS, DeliveryStatus, delivery_status, embedded_status
from little_bell.mail.mime import Part, parse
from little_bell.mail.reports import Report, from_notice, from_status
from little_bell.mail.returned import Returned, is_returned, returned_of, tokens_of
from little_bell.mail.text import readable, split_returned

MOST_TEXTS = 10
#: A date of another year is no date.
SENSIBLE_YEARS = range(1990, 2100)


class Kind(StrEnum):
    """What a mail that came back is."""

    BOUNCE = "bounce"  # delivery failed for at least one recipient
    DELAYED = "delayed"  # it is still being tried
    COMPLAINT = "complaint"  # a feedback report
    AUTO_REPLY = "auto-reply"  # a mail program answered for its owner
    NONE = "none"  # anything else, a receipt of success too


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail, read. `tokens` are ours, wherever they survived; `message_id` and `subject` are the returned mail's; `written_at`
    is its own Date.

    `feedback_type` of a complaint (RFC 5965, 6591): abuse, fraud, virus, opt-out, auth-failure, … Only the first four
    come from a reader.
    """

    kind: Kind
    reports: tuple[Report, ...] = ()
    reporting_mta: str | None = None
    feedback_type: str | None = None
    message_id: str | None = None
    tokens: tuple[str, ...] = ()
    subject: str = ""
    written_at: datetime | None = None


def read(raw: bytes) -> Reading:
    """What a mail says. Never raises, and looks at the first MOST_BYTES only."""
    mail = parse(raw)
    return replace(_read(_unwrapped(mail) or mail), written_at=_date_of(mail))


def _read(mail: Part) -> Reading:
    parts = mail.walk()
    notice, tail = _notice(parts)
    returned = returned_of(parts, tail)
    notification = notification_of(notice)
    feedback = feedback_of(parts, notice) or (complaint_of(notification) if notification else None)
    if feedback is not None:
        return _complaint(mail, feedback, returned)
    status = bounce_of(notification) if notification else _status(parts, notice, tail)
    reports = from_status(mail, status, notice, returned)
    if not (status.recipients or notification or _is_receipt(parts)):
        reports = from_notice(mail, notice, returned)
    kind = _kind_of(reports) or (Kind.AUTO_REPLY if not status.recipients and signs.is_automatic(mail) else Kind.NONE)
    mta = status.of_message.get("reporting-mta", "").rpartition(";")[2].strip()
    return Reading(kind, tuple(reports), mta or None, None, returned.message_id, tokens_of(mail), returned.subject)


def _complaint(mail: Part, feedback: Feedback, returned: Returned) -> Reading:
    recipients = feedback.recipients or returned.recipients[:1]
    reports = tuple(Report(recipient, action="complained") for recipient in recipients)
    return Reading(Kind.COMPLAINT, reports, None, feedback.kind, returned.message_id, tokens_of(mail), returned.subject)


def _date_of(mail: Part) -> datetime | None:
    """When it was written (RFC 5322), None if it doesn't say so sensibly; a date without a zone is UTC."""
    try:
        date = parsedate_to_datetime(mail.header("date")[:100])
        whole = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
        return whole if whole.year in SENSIBLE_YEARS else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _unwrapped(mail: Part) -> Part | None:
    """The report that a gateway has wrapped into another mail, None if there is none."""
    holder = next((part for part in mail.walk() if part.kind == "message/rfc822"), None)
    if holder is None or "message/delivery-status" not in holder.body or any(part.kind in STATUS_KINDS for part in mail.walk()):
        return None
    inner = parse(holder.content().encode("latin-1"))
    return inner if any(part.kind in STATUS_KINDS for part in inner.parts) else None


def _notice(parts: list[Part]) -> tuple[str, str]:
    """The text for people, up to the returned mail; and what of that mail stands in the same text."""
    first = next((place for place, part in enumerate(parts) if is_returned(part)), len(parts))
    plain = [part for part in parts[:first] if part.kind == "text/plain"]
    shown = plain or [part for part in parts[:first] if part.kind == "text/html"]
    notices: list[str] = []
    tail = ""
    for part in shown[:MOST_TEXTS]:
        text, tail = split_returned(readable(part), is_first=not notices)
        notices.append(text)
        if tail:
            break
    return "\n\n".join(notices), tail


def _status(parts: list[Part], notice: str, tail: str) -> DeliveryStatus:
    whole = DeliveryStatus()
    for part in parts:
        if part.kind in STATUS_KINDS:
            found = delivery_status(part)
            whole.of_message.update(found.of_message)
            whole.recipients += found.recipients
    if whole.recipients:
        return whole
    wrapped = tail if "message/delivery-status" in tail else ""  # a gateway has put a whole report into a text
    return embedded_status(notice) or embedded_status(wrapped) or whole


def _is_receipt(parts: list[Part]) -> bool:
    """Whether it only says that a mail was read or deleted (RFC 8098)."""
    return any(part.kind == "message/disposition-notification" for part in parts) and not signs.is_rejection(parts[0])


def _kind_of(reports: list[Report]) -> Kind | None:
    if not reports:
        return None
    return Kind.DELAYED if all(report.action == "delayed" for report in reports) else Kind.BOUNCE
