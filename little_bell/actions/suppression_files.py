"""Suppressions in a CSV file, such as ours or another provider's: read line by line; a bad line is told and the rest go on."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from little_bell.actions.forms import Email
from little_bell.actions.suppressions import Note
from little_bell.domain.spreadsheets import plain
from little_bell.domain.suppressions import Why

#: Longer than any line with an address, a reason and a note.
LONGEST_LINE = 4_000
HEADINGS = {
    "address": ("address", "email", "e-mail", "email address", "email_address", "recipient", "recipient_email"),
    "reason": ("reason", "type", "suppression reason"),
    "suppressed_at": ("suppressed_at", "created_at", "created", "since", "date"),
    "expires_at": ("expires_at", "expires"),
    "note": ("note", "comment", "description"),
}
#: What other systems call our reasons.
ALSO = {
    **{str(why): why for why in Why},
    **dict.fromkeys(("bounce", "bounced", "hard", "hard bounce", "permanent", "invalid"), Why.HARD_BOUNCE),
    **dict.fromkeys(("spam", "spam report", "spam_report", "complained", "abuse"), Why.COMPLAINT),
    **dict.fromkeys(("unsubscribed", "opt-out", "optout", "unsub"), Why.UNSUBSCRIBE),
    **dict.fromkeys(("soft", "soft bounce", "soft_bounce"), Why.SOFT_BOUNCES),
    "": Why.MANUAL,
}
_email: TypeAdapter[str] = TypeAdapter(Email)
_note: TypeAdapter[str] = TypeAdapter(Note)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that says whom to suppress."""

    number: int
    address: str
    why: Why
    since: datetime | None
    expires_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that can't be taken, and why."""

    line: int
    text: str
    why: str


class _Bad(ValueError):
    pass


def read_suppressions(lines: Iterable[bytes], now: datetime) -> Iterator[Line | Refusal]:
    """What stands in the file. The first line may name the columns (address, reason, suppressed_at, expires_at, note) in any order.

    Without such a line the first column is the address, the second the reason. Columns are parted by comma, semicolon or tab.
    """
    columns, delimiter = {"address": 0, "reason": 1}, ","
    for number, raw in enumerate(lines, start=1):
        text = raw.decode("utf-8-sig", "replace").strip("\r\n\0 ")
        if not text:
            continue
        if number == 1:
            delimiter = max(",;\t", key=text.count)
            named = _columns_in(text, delimiter)
            if named:
                columns = named
                continue
        try:
            yield _line(number, _cells(text, delimiter), columns, now)
        except _Bad as bad:
            yield Refusal(number, text[:120], str(bad))


def _cells(text: str, delimiter: str) -> list[str]:
    if len(text) > LONGEST_LINE:
        raise _Bad(f"is longer than {LONGEST_LINE:,} characters")
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except (csv.Error, StopIteration):
        raise _Bad("can’t be read as CSV") from None


def _columns_in(text: str, delimiter: str) -> dict[str, int]:
    try:
        heads = [cell.strip().lower() for cell in _cells(text, delimiter)]
    except _Bad:
        return {}
    found = {name: next((heads.index(each) for each in known if each in heads), -1) for name, known in HEADINGS.items()}
    return {name: place for name, place in found.items() if place >= 0} if found["address"] >= 0 else {}


def _line(number: int, cells: list[str], columns: dict[str, int], now: datetime) -> Line:
    given = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
    address = plain(given.get("address", ""))
    why = ALSO.get(given.get("reason", "").lower())
    if why is None:
        raise _Bad(f"has an unknown reason: {given['reason'][:40]}")
    since, expires_at = (_time(given.get(name, "")) for name in ("suppressed_at", "expires_at"))
    if expires_at is not None and expires_at <= now:
        raise _Bad("has expired already")
    note = _checked(_note, plain(given.get("note", "")), "has a note that can’t be kept")
    return Line(number, _checked(_email, address, "holds no e-mail address"), why, since, expires_at, note)


def _checked(kind: TypeAdapter[Any], value: str, otherwise: str) -> str:
    if "\ufffd" in value:
        raise _Bad("is not UTF-8")
    try:
        return str(kind.validate_python(value))
    except ValidationError:
        raise _Bad(otherwise) from None


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad(f"has a time that can’t be read: {text[:40]}") from None
