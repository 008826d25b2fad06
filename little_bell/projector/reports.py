"""Mail that came back: filed as it came, read, and turned into marks of the messages that it is about, once each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from little_bell.domain.bounces.vocabulary import NO_COMPLAINTS
from little_bell.domain.events import BounceType, EventType
from little_bell.journal.records import Mark, Report
from little_bell.mail import Kind, Reading, read
from little_bell.mail import Report as Said
from little_bell.models import from_micros, now, to_micros
from little_bell.models.tables import webhook_receipts
from little_bell.projector.addressees import Addressee, by_message_id, by_recipient, by_token
from little_bell.projector.forgotten import ERASED, forgotten
from little_bell.projector.states import MANY

#: What receipts of mail have for a provider.
MAIL = "mail"
MATCHED, UNMATCHED, IGNORED = "matched", "unmatched", "ignored"
OPT_OUTS = frozenset({"opt-out", "opt-out-list", "unsubscribe"})
#: Mails that are emptied together.
EMPTY_STEP = 500
LONGEST_REASON, LONGEST_DIAGNOSTIC, LONGEST_OUTCOME = 500, 4_000, 255


@dataclass(slots=True)
class Filed:
    """What a batch of reports comes to: marks to place, receipts to keep or to change, and why some were not kept."""

    marks: list[Mark] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    reviewed: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Letter:
    """A report, read. `tokens` are those that it may be about."""

    report: Report
    reading: Reading
    tokens: tuple[str, ...]
    digest: str


class Settled(NamedTuple):
    """What a letter comes to."""

    marks: list[Mark]
    state: str
    outcome: str


def read_reports(connection: Connection, reports: Sequence[Report], filed: Filed) -> None:
    """Adds to `filed`. A report that was filed before, or stands in the batch twice, makes nothing."""
    letters = [open_letter(report, report.digest) for report in reports]
    known = _filed_before(connection, letters)
    messages = by_token(connection, {token for letter in letters for token in letter.tokens})
    nobodys = forgotten(connection, {token for letter in letters for token in letter.tokens} - messages.keys())
    for letter in letters:
        candidates = candidates_of(letter, messages)
        tenant_id = candidates[0].tenant_id if candidates else letter.report.tenant_id
        if (tenant_id, letter.digest) in known:
            filed.counts["report_repeated"] += 1
            continue
        known.add((tenant_id, letter.digest))
        _file(connection, letter, tenant_id, [each for each in candidates if each.tenant_id == tenant_id], filed)
        if nobodys.intersection(letter.tokens):
            filed.receipts[-1] |= {"body": b"", "headers": {}, "outcome": ERASED}


def write_receipts(connection: Connection, filed: Filed) -> None:
    """Keep what came, and what became of what was looked at again."""
    if filed.receipts:
        connection.execute(insert(webhook_receipts), filed.receipts)
    if filed.reviewed:
        changed = ("state", "outcome", "handled_at")
        statement = update(webhook_receipts).where(webhook_receipts.c.id == bindparam("receipt"))
        connection.execute(statement.values({name: bindparam(f"new_{name}") for name in changed}), filed.reviewed)


def empty_step(connection: Connection, before: datetime, after: int) -> tuple[int, int]:
    """Let go of the text of some mails that came before a time, behind the id `after`. Their digests stay, so that none counts again.

    How many, and the id to go on behind: ids grow with time.
    """
    table = webhook_receipts.c
    next_ones = select(table.id, table.received_at).where(table.provider == MAIL, table.id > after).order_by(table.id).limit(EMPTY_STEP)
    old = [row.id for row in connection.execute(next_ones) if row.received_at < before]
    if old:
        connection.execute(update(webhook_receipts).where(table.id.in_(old)).values(body=b""))
    return len(old), old[-1] if old else after


def open_letter(report: Report, digest: str) -> Letter:
    """The report, read."""
    reading = read(report.raw)
    if report.token:  # the bounce address says whose message it is; what else stands in it anybody may have written
        return Letter(report, reading, (report.token,), digest)
    named = reading.message_id.partition("@")[0].replace("=2E", ".") if reading.message_id else None  # ours begin with the token
    return Letter(report, reading, (*reading.tokens, *((named,) if named else ())), digest)


def _filed_before(connection: Connection, letters: Sequence[Letter]) -> set[tuple[int, str]]:
    digests = sorted({letter.digest for letter in letters})
    table = webhook_receipts.c
    known: set[tuple[int, str]] = set()
    for start in range(0, len(digests), MANY):
        these = select(table.tenant_id, table.external_id).where(
            table.external_id.in_(digests[start : start + MANY]), table.provider == MAIL
        )
        known |= {(row.tenant_id, row.external_id) for row in connection.execute(these)}
    return known


def candidates_of(letter: Letter, messages: Mapping[str, Addressee]) -> list[Addressee]:
    """Those of the messages, by token, that the letter may name."""
    found = [messages[token] for token in letter.tokens if token in messages]
    return [message for message in found if letter.report.is_shared or message.tenant_id == letter.report.tenant_id]


def _file(connection: Connection, letter: Letter, tenant_id: int, candidates: list[Addressee], filed: Filed) -> None:
    settled, report = settle(connection, letter, tenant_id, candidates), letter.report
    filed.marks += settled.marks
    filed.counts[f"report_{settled.state}"] += settled.state != MATCHED
    filed.receipts.append(
        {
            "tenant_id": tenant_id,
            "provider": MAIL,
            "external_id": letter.digest,
            "headers": {"source": report.source} | ({"token": report.token} if report.token else {}),
            "body": report.raw,
            "received_at": from_micros(report.received_at),
            "handled_at": now(),
            "state": settled.state,
            "outcome": settled.outcome,
        }
    )


def settle(connection: Connection, letter: Letter, tenant_id: int, candidates: list[Addressee]) -> Settled:
    """What a letter comes to, where these messages of the tenant are those that it names."""
    ignored = _why_ignored(letter.reading)
    told = [] if ignored else _told(connection, letter, tenant_id, candidates)
    marks = [_mark(letter, message, said) for message, said in told]
    state = IGNORED if ignored else MATCHED if marks else UNMATCHED
    return Settled(marks, state, _clean(ignored or _outcome(letter.reading, marks), LONGEST_OUTCOME))


def _why_ignored(reading: Reading) -> str | None:
    if reading.kind is Kind.NONE:
        return "nothing about a delivery"
    if reading.kind is Kind.AUTO_REPLY:
        return "an automatic reply"
    return f"no complaint: {reading.feedback_type}" if reading.feedback_type in NO_COMPLAINTS else None


def _outcome(reading: Reading, marks: Sequence[Mark]) -> str:
    if not marks:
        return "no message found: " + ", ".join(said.recipient for said in reading.reports)
    return ", ".join(f"{count} {kind}" for kind, count in Counter(mark.type for mark in marks).items())


def _told(connection: Connection, letter: Letter, tenant_id: int, candidates: list[Addressee]) -> Iterable[tuple[Addressee, Said | None]]:
    """Each message that the letter is about, and what it says of it."""
    reading = letter.reading
    if not candidates and reading.message_id and not letter.report.token:
        candidates = list(by_message_id(connection, tenant_id, reading.message_id))
    if candidates:
        return _of_candidates(reading, candidates)
    found: dict[Addressee, Said | None] = {}
    written_at = reading.written_at or from_micros(letter.report.received_at)
    for said in reading.reports if not letter.report.token else ():
        message = by_recipient(connection, tenant_id, (said.recipient, said.original_recipient), written_at, reading.subject)
        if message is not None:
            found.setdefault(message, said)
    return found.items()


def _of_candidates(reading: Reading, candidates: Sequence[Addressee]) -> Iterable[tuple[Addressee, Said | None]]:
    """By address where one fits; an alias or a forward fits none, and is about the message all the same."""
    found: dict[Addressee, Said | None] = {}
    for said in sorted(reading.reports, key=lambda each: each.action == "delayed"):  # a failure tells more than a delay
        names = {said.recipient.lower(), (said.original_recipient or "").lower()}
        message = next((each for each in candidates if each.recipient.lower() in names), None)
        if message is not None:
            found.setdefault(message, said)
    if not found:
        found[candidates[0]] = next(iter(reading.reports), None)
    return found.items()


def _mark(letter: Letter, message: Addressee, said: Said | None) -> Mark:
    report, reading = letter.report, letter.reading
    kind = _event_type(reading, said)
    stated_at = to_micros(reading.written_at) if reading.written_at else None
    bounce = _bounce(said) if kind == EventType.BOUNCED and said is not None else None
    return Mark(message.tenant_id, message.message_id, kind, report.received_at, report.source, stated_at, None, bounce, "", letter.digest)


def _event_type(reading: Reading, said: Said | None) -> EventType:
    if reading.kind is Kind.COMPLAINT:
        return EventType.UNSUBSCRIBED if reading.feedback_type in OPT_OUTS else EventType.COMPLAINED
    return EventType.DEFERRED if said is not None and said.action == "delayed" else EventType.BOUNCED


def _bounce(said: Said) -> dict[str, str | None]:
    judged = said.judgement
    assert judged is not None  # only complaints have none
    words = _clean(said.diagnostic, LONGEST_DIAGNOSTIC)
    return {
        "bounce_type": str(BounceType.PERMANENT if judged.permanent else BounceType.TEMPORARY),
        "category": str(judged.reason),
        "reason": words[:LONGEST_REASON] or judged.status,
        "subtype": judged.status,
        "diagnostic_code": words or None,
    }


def _clean(words: str, length: int) -> str:
    """Words that any database takes: without NUL and without halves of characters."""
    return words.replace("\0", "")[:length].encode("utf-8", "replace").decode()
