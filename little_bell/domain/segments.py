"""Segments of recipients: the words they are asked for by, and those that everybody asks for."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from little_bell.domain.errors import Invalid
from little_bell.domain.number_forms import Include
from little_bell.domain.readings import one_word
from little_bell.domain.recipients import HOUR, LONGEST_RUN, NEVER

DAY = 24 * HOUR
#: A segment of several conditions is counted for a page if one of them leaves no more than this: 2 to 4 µs each.
COUNTED = 10_000
MOST_DAYS = 3_650


class Ever(StrEnum):
    """Whether something happened at all."""

    EVER = "ever"
    NEVER = "never"


class RecipientSort(StrEnum):
    """What order recipients are listed in."""

    ADDRESS = "address"
    ADDRESS_BACK = "-address"
    SENT = "-last_sent_at"  # the last mailed lead
    SENT_BACK = "last_sent_at"
    OPENED = "-last_opened_at"
    CLICKED = "-last_clicked_at"
    UNOPENED = "-unopened"  # the longest run of unopened campaigns leads
    UNOPENED_BACK = "unopened"
    NEW = "-first_sent_at"


class Range(NamedTuple):
    """That a number of a recipient's lies in [low, high): a column, the kind that counts it, and the same in that kind's buckets."""

    column: str
    kind: str
    low: int | None
    high: int | None
    first: int | None
    end: int | None


#: What is asked for of a recipient, and what it is: a column's name in the form `all`, the kind of its counts.
TIMES = {"opened": ("last_opened_at", "opened"), "clicked": ("last_clicked_at", "clicked"), "sent": ("last_sent_at", "sent")}
NEW = ("first_sent_at", "new")
_NUMBERS = {"unopened": (1, LONGEST_RUN)} | dict.fromkeys(
    ("opened_within", "not_opened_within", "clicked_within", "not_clicked_within", "sent_within", "not_sent_within", "new_within"),
    (1, MOST_DAYS),
)


class Segment(NamedTuple):
    """Which recipients; None and "" mean anything, and all that is asked for has to fit.

    `unopened`: opened none of at least so many of the latest campaigns that they got. `…_within`: in so many last days, to the hour;
    `not_…_within`: not since, or never. `search` is how the address begins, `domain` what is behind its @. `include` says whose opens and
    clicks: people's, or all.
    """

    unopened: int | None = None
    opened: Ever | None = None
    opened_within: int | None = None
    not_opened_within: int | None = None
    clicked: Ever | None = None
    clicked_within: int | None = None
    not_clicked_within: int | None = None
    sent_within: int | None = None
    not_sent_within: int | None = None
    new_within: int | None = None
    suppressed: bool | None = None
    domain: str = ""
    search: str = ""
    include: Include = Include.HUMAN

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anybody out."""
        return self._replace(include=Include.HUMAN) != Segment()

    def ranges(self, now: int) -> list[Range]:
        """What is asked for of times and runs, at a moment in microseconds."""
        found = []
        if self.unopened is not None:
            found.append(Range(self.column("unopened"), self.column("unopened"), self.unopened, None, self.unopened, None))
        for name in ("opened", "clicked"):
            ever = getattr(self, name)
            if ever is not None:
                found.append(self._range(name, *((1, None) if ever is Ever.EVER else (None, 1))))
        for name in TIMES:
            if (days := getattr(self, f"{name}_within")) is not None:
                found.append(self._range(name, _since(now, days), None))
            if (days := getattr(self, f"not_{name}_within")) is not None:
                found.append(self._range(name, None, _since(now, days)))
        if self.new_within is not None:
            since = _since(now, self.new_within)
            found.append(Range(*NEW, since, None, since // HOUR, None))
        return found

    def column(self, name: str) -> str:
        """A number's name in the form that is asked for: unopened, human_unopened, last_human_opened_at."""
        if self.include is Include.ALL or "sent" in name:
            return name
        return name.replace("last_", "last_human_") if name.startswith("last_") else f"human_{name}"

    def _range(self, name: str, low: int | None, high: int | None) -> Range:
        column, kind = TIMES[name]
        ends = [None if end is None else NEVER + 1 if end == 1 else end // HOUR for end in (low, high)]
        return Range(self.column(column), "sent" if name == "sent" else self.column(kind), low, high, *ends)


def _since(now: int, days: int) -> int:
    """So many days ago, at the beginning of the hour: segments are counted by hours."""
    return (now - days * DAY) // HOUR * HOUR


def segment_of(**asked: Any) -> Segment:
    """The segment in words that anybody may have written. Raises Invalid."""
    unknown = asked.keys() - set(Segment._fields)
    if unknown:
        raise Invalid(f"{min(unknown)}: there is no such filter", min(unknown))
    given = {name: value for name, value in asked.items() if value is not None}
    for name, (low, high) in _NUMBERS.items():
        if name in given and (type(given[name]) is not int or not low <= given[name] <= high):
            raise Invalid(f"{name} has to be a number from {low} to {high}", name)
    for name, kind in (("suppressed", bool), ("domain", str), ("search", str)):
        if name in given and type(given[name]) is not kind:
            raise Invalid(f"{name} has to be {'true or false' if kind is bool else 'text'}", name)
        if "\0" in str(given.get(name, "")):
            raise Invalid(f"{name} can't hold a NUL", name)
    for name in ("opened", "clicked"):
        if name in given:
            given[name] = one_word(Ever, given[name], name)
    if "include" in given:
        given["include"] = one_word(Include, given["include"], "include")
    return Segment(**given)


#: Before the words that ask for a segment, among those that ask for messages.
OF_RECIPIENT = "recipient_"
#: Words that messages are asked for by in their own way.
_OF_MESSAGES = frozenset({"domain", "search"})


def segment_of_recipients(**asked: Any) -> Segment | None:
    """The segment that messages are asked for by: its words with `recipient_` before them; None where there are none. Raises Invalid."""
    given = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if not name.startswith(OF_RECIPIENT) or name.removeprefix(OF_RECIPIENT) in _OF_MESSAGES:
            raise Invalid(f"{name}: there is no such filter", name)
    try:
        found = segment_of(**{name.removeprefix(OF_RECIPIENT): value for name, value in given.items()})
    except Invalid as refused:
        raise Invalid(f"{OF_RECIPIENT}{refused}", f"{OF_RECIPIENT}{refused.field}") from None
    return found if found.is_narrow else None


#: Those that everybody asks for, by what they are called: in the order in which they are shown.
READY: Mapping[str, Segment] = {
    "everybody": Segment(),
    "new_30_days": Segment(new_within=30),
    "opened_30_days": Segment(opened_within=30),
    "clicked_7_days": Segment(clicked_within=7),
    "clicked_30_days": Segment(clicked_within=30),
    "clicked_90_days": Segment(clicked_within=90),
    "never_opened": Segment(opened=Ever.NEVER),
    "never_clicked": Segment(clicked=Ever.NEVER),
    "not_mailed_90_days": Segment(not_sent_within=90),
    "suppressed": Segment(suppressed=True),
}
