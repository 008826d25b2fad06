"""One mail that came back, read: what kind it is, whom it is about, why, and to which message of ours it belongs."""

from dataclasses import dataclass
from enum import StrEnum

from little_bell.domain.bounces import Judgement, Reason, judge
from little_bell.domain.bounces.codes import clean_status, find_reply
from little_bell.mail import signs
from little_bell.mail.addresses import ADDRESS, first_address, from_verp
from little_bell.mail.amazon import bounce_of, complaint_of, notification_of
from little_bell.mail.arf import Feedback, feedback_of
from little_bell.mail.dsn import STATUS_KINDS, DeliveryStatus, RecipientStatus, delivery_status, embedded_status
from little_bell.mail.mime import Part, parse
from little_bell.mail.notices import LEAD, LONGEST_WORDS, TO_LINE, Entry, command_of, entries_of
from little_bell.mail.returned import Returned, is_returned, returned_of, tokens_of
from little_bell.mail.text import readable, split_returned

MOST_TEXTS = 10


class Kind(StrEnum):
    """What a mail that came back is."""

    BOUNCE = "bounce"  # delivery failed for at least one recipient
    DELAYED = "delayed"  # it is still being tried
    COMPLAINT = "complaint"  # a feedback report
    AUTO_REPLY = "auto-reply"  # a mail program answered for its owner
    NONE = "none"  # anything else, a receipt of success too


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one recipient. `judgement` is None for complaints; `diagnostic` is the server's words as given."""

    recipient: str
    original_recipient: str | None = None
    judgement: Judgement | None = None
    diagnostic: str = ""
    action: str = "failed"
    remote_mta: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail, read. `tokens` are ours, wherever they survived; `message_id` is the returned mail's."""

    kind: Kind
    reports: tuple[Report, ...] = ()
    reporting_mta: str | None = None
    feedback_type: str | None = None
    message_id: str | None = None
    tokens: tuple[str, ...] = ()


def read(raw: bytes) -> Reading:
    """What a mail says. Never raises; looks at the first MOST_BYTES only."""
    return _read(parse(raw), 2)


def _read(mail: Part, forwards: int) -> Reading:
    parts = mail.walk()
    notice, tail = _notice(parts)
    returned = returned_of(parts, tail)
    notification = notification_of(notice) or {}
    feedback = feedback_of(parts) or complaint_of(notification)
    if feedback is not None:
        return _complaint(mail, feedback, returned)
    status = bounce_of(notification) if notification else _status(parts, notice)
    if notification and not status.recipients:
        return _reading(mail, Kind.NONE, [], status, returned)
    inner = _inner(parts) if forwards and not status.recipients else None
    if inner is not None:
        return _read(inner, forwards - 1)
    if status.recipients:
        reports = _from_status(status, notice, returned)
        return _reading(mail, _kind_of(reports), reports, status, returned)
    if any(part.kind == "message/disposition-notification" for part in parts):
        return _reading(mail, Kind.NONE, [], status, returned)
    reports = _from_notice(mail, notice, returned)
    if reports:
        return _reading(mail, _kind_of(reports), reports, status, returned)
    return _reading(mail, Kind.AUTO_REPLY if signs.is_automatic(mail) else Kind.NONE, [], status, returned)


def _notice(parts: list[Part]) -> tuple[str, str]:
    """The text for people, up to the returned mail; and what of that mail stands in the same text."""
    first = next((place for place, part in enumerate(parts) if is_returned(part)), len(parts))
    plain = [part for part in parts[:first] if part.kind == "text/plain"]
    shown = plain or [part for part in parts[:first] if part.kind == "text/html"]
    notices, tail = [], ""
    for part in shown[:MOST_TEXTS]:
        text, tail = split_returned(readable(part))
        notices.append(text)
        if tail:
            break
    return "\n\n".join(notices), tail


def _status(parts: list[Part], notice: str) -> DeliveryStatus:
    whole = DeliveryStatus()
    for part in parts:
        if part.kind in STATUS_KINDS:
            found = delivery_status(part)
            whole.of_message.update(found.of_message)
            whole.recipients += found.recipients
    return whole if whole.recipients else embedded_status(notice) or whole


def _kind_of(reports: list[Report]) -> Kind:
    if not reports:
        return Kind.NONE
    return Kind.DELAYED if all(report.action == "delayed" for report in reports) else Kind.BOUNCE


def _inner(parts: list[Part]) -> Part | None:
    """A report that a gateway has wrapped into another mail."""
    holder = next((part for part in parts if part.kind == "message/rfc822"), None)
    if holder is None or "message/delivery-status" not in holder.body:
        return None
    mail = parse(holder.content().encode("latin-1"))
    return mail if any(part.kind in STATUS_KINDS for part in mail.parts) else None


def _reading(mail: Part, kind: Kind, reports: list[Report], status: DeliveryStatus, returned: Returned) -> Reading:
    mta = status.of_message.get("reporting-mta", "")
    return Reading(
        kind, tuple(reports), mta.rpartition(";")[2].strip() or None, message_id=returned.message_id, tokens=tokens_of(mail)
    )


def _complaint(mail: Part, feedback: Feedback, returned: Returned) -> Reading:
    recipients = feedback.recipients or returned.recipients[:1]
    reports = tuple(Report(recipient, action="complained") for recipient in recipients)
    return Reading(Kind.COMPLAINT, reports, None, feedback.kind, returned.message_id, tokens_of(mail))


def _from_status(status: DeliveryStatus, notice: str, returned: Returned) -> list[Report]:
    said = {entry.address.lower(): entry for entry in entries_of(notice)}
    failed = [entry for entry in status.recipients if not _is_success(entry)]
    unnamed = list(said.values())
    addressed = unnamed[0].address if len(unnamed) == len(failed) == 1 else None  # aliases: the notice says whom the sender meant
    reports: dict[str, Report] = {}
    for recipient in failed:
        name = recipient.final or recipient.original
        if name is None:
            named = unnamed.pop(0) if unnamed else None
            name = named.address if named else next(iter(returned.recipients), None)
        if name is None:
            continue
        entry = said.get(name.lower()) or said.get((recipient.original or "").lower())
        entry = entry or (unnamed[0] if addressed else None)
        report = _report_of(recipient, name, entry, notice)
        reports.setdefault(name.lower(), report)
    return list(reports.values())


def _is_success(recipient: RecipientStatus) -> bool:
    return recipient.action in {"delivered", "deliverable", "relayed", "expanded"} or recipient.get("status").startswith("2")


def _report_of(recipient: RecipientStatus, name: str, entry: Entry | None, notice: str) -> Report:
    is_delayed = recipient.action == "delayed"
    words = recipient.diagnostic or (entry.words if entry else "")
    status = clean_status(recipient.get("status"))
    judgement = _judged(words, status, entry.words if entry else "", notice, is_delayed=is_delayed)
    original = recipient.original or (entry and (entry.original or entry.address)) or None
    mta = recipient.get("remote-mta").rpartition(";")[2].strip()
    return Report(
        name, original, judgement, words, "delayed" if is_delayed else "failed", mta or None
    )


def _judged(words: str, status: str | None, near: str, notice: str, *, is_delayed: bool) -> Judgement:
    """The server's words decide; then what the notice says of this recipient, then all that it says."""
    lead = LEAD.search(notice)
    if lead and not is_delayed:
        words = f"{lead[0]} {words}"
    command = command_of(near) or command_of(notice, find_reply(words))
    judgement = judge(words, status, command=command, is_delayed=is_delayed)
    for wider in (near, notice):
        if judgement.reason is not Reason.UNKNOWN:
            return judgement
        if wider:
            judgement = judge(f"{words} {wider}", judgement.status if judgement.is_status_given else None, command=command, is_delayed=is_delayed)
    return judgement


def _from_notice(mail: Part, notice: str, returned: Returned) -> list[Report]:
    is_daemon, fails = signs.is_from_daemon(mail), signs.speaks_of_failure(mail, notice)
    named = [match[1] for match in ADDRESS.finditer(mail.header("x-failed-recipients")[:8_000])]
    if not (named or fails or is_daemon) or (signs.is_automatic(mail) and not is_daemon and not named):
        return []
    own = frozenset(address.lower() for value in mail.headers.get("to", ()) if (address := first_address(value)))
    entries = entries_of(notice, not_these=own)
    if named:
        said = {entry.address.lower(): entry for entry in entries}
        entries = [said.get(address.lower()) or Entry(address) for address in named]
    if not entries and fails:
        entries = _guessed(mail, notice, returned)
    is_delayed = signs.is_waiting(signs.subject_of(mail), notice)
    return [_told(entry, notice, is_delayed=is_delayed) for entry in entries]


def _guessed(mail: Part, notice: str, returned: Returned) -> list[Entry]:
    """Whom the notice must mean where it names nobody: to whom the returned mail went, or whom the bounce address holds."""
    if returned.recipients:
        return [Entry(address, notice[:LONGEST_WORDS]) for address in returned.recipients[:1]]
    labelled = TO_LINE.search(notice)
    guess = (labelled and first_address(labelled[1])) or from_verp(first_address(mail.header("to")) or "")
    return [Entry(guess, notice[:LONGEST_WORDS])] if guess else []


def _told(entry: Entry, notice: str, *, is_delayed: bool) -> Report:
    judgement = _judged(entry.words, None, "", notice, is_delayed=is_delayed)
    return Report(entry.address, entry.original, judgement, entry.words, "delayed" if is_delayed else "failed")
