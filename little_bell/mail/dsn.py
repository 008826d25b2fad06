"""Delivery status notifications: the machine-readable part (RFC 3464, RFC 6533), as mail systems really write it."""

import re
from dataclasses import dataclass, field

from little_bell.mail.addresses import recipient_of
from little_bell.mail.mime import Part, header_lines

STATUS_KINDS = frozenset({"message/delivery-status", "text/delivery-status", "message/global-delivery-status", "message/delivery-report"})
MOST_RECIPIENTS = 1_000
_OF_A_RECIPIENT = frozenset(
    {"final-recipient", "original-recipient", "action", "status", "diagnostic-code", "remote-mta", "x-actual-recipient"}
)
_NAMES_ONE = frozenset({"final-recipient", "original-recipient", "x-actual-recipient"})
_EMBEDDED = re.compile(r"^(?:Reporting-MTA|Final-Recipient|Original-Recipient): ?[^\n]*", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class RecipientStatus:
    """What a report says of one recipient. Fields by lower-case name, as given."""

    fields: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field, "" if it isn't there."""
        return self.fields.get(name, "")

    @property
    def final(self) -> str | None:
        """The address that failed; None if the field holds none."""
        return recipient_of(self.get("final-recipient")) or recipient_of(self.get("x-actual-recipient"))

    @property
    def original(self) -> str | None:
        """The address that the sender had used."""
        return recipient_of(self.get("original-recipient"))

    @property
    def action(self) -> str:
        """failed, delayed, delivered, relayed, expanded; what some systems write instead is taken for a failure."""
        word = re.match(r"[a-z]*", self.get("action").lower())
        said = word[0] if word else ""
        return {"error": "failed", "failure": "failed", "fail": "failed", "deferred": "delayed", "warning": "delayed"}.get(said, said)

    @property
    def is_success(self) -> bool:
        """Whether nothing failed: delivered, handed on, or found deliverable by a probe."""
        return self.action in {"delivered", "deliverable", "relayed", "expanded"} or self.get("status").startswith("2")

    @property
    def diagnostic(self) -> str:
        """The server's words, without their type where they speak for themselves."""
        given = self.get("diagnostic-code")
        kind, semicolon, words = given.partition(";")
        if not semicolon or not re.fullmatch(r"\s*[\w\-]{1,40}\s*", kind) or kind.strip().lower() == "x-unix":
            return given  # a program's exit code says nothing without its type
        return words.strip()


@dataclass(slots=True)
class DeliveryStatus:
    """A whole report."""

    of_message: dict[str, str] = field(default_factory=dict)
    recipients: list[RecipientStatus] = field(default_factory=list)


def delivery_status(part: Part) -> DeliveryStatus:
    """The report in a part of one of the STATUS_KINDS."""
    return parse_status(part.text())


def embedded_status(text: str) -> DeliveryStatus | None:
    """The same where a gateway has put it into the readable text."""
    found = _EMBEDDED.search(text)
    return parse_status(text[found.start() :]) if found else None


def parse_status(text: str) -> DeliveryStatus:
    """Groups of fields. Blank lines part them, but some systems forget them and others put them between fields."""
    report = DeliveryStatus()
    group: dict[str, str] = {}
    for block in re.split(r"\n[ \t]*\n", text):
        lines = header_lines(block)
        names = {name for name, _ in lines}
        if not _NAMES_ONE.isdisjoint(names) and not _NAMES_ONE.isdisjoint(group):
            group = _close(report, group)
        for name, value in lines:
            if name in _OF_A_RECIPIENT and name in group:
                group = _close(report, group)
            group[name] = value
    _close(report, group)
    return report


def _close(report: DeliveryStatus, group: dict[str, str]) -> dict[str, str]:
    for name in group.keys() - _OF_A_RECIPIENT:
        report.of_message.setdefault(name, group[name])
    if not _OF_A_RECIPIENT.isdisjoint(group) and len(report.recipients) < MOST_RECIPIENTS:
        report.recipients.append(RecipientStatus(group))
    return {}
