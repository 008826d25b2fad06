"""Who gets no more mail, and why. Pure: what was said of an address adds up to the same in any order and however often."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from little_bell.domain.bounces import Reason

NEVER = 2**63 - 1


class Why(StrEnum):
    """Why an address is suppressed, the weightiest first."""

    COMPLAINT = "complaint"  # its reader called our mail spam
    UNSUBSCRIBE = "unsubscribe"  # its reader asked for no more
    HARD_BOUNCE = "hard_bounce"  # the address is dead
    MANUAL = "manual"  # somebody put it on the list
    SOFT_BOUNCES = "soft_bounces"  # too many of its last messages failed


_WEIGHT = {str(why): -place for place, why in enumerate(Why)}
#: Failures that speak of the mailbox. A block list, a filter or a size limit speaks of the sender or of the mail.
SOFT = frozenset(
    {Reason.MAILBOX_FULL, Reason.MAILBOX_INACTIVE, Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN}
    | {Reason.NETWORK, Reason.EXPIRED, Reason.SERVER, Reason.UNKNOWN}
)


@dataclass(frozen=True, slots=True)
class Rules:
    """When an address is suppressed by itself. Of `soft_of` messages in a row `soft_bounces` have to fail; 0 turns that off.

    What failed softly may be well again: such a suppression ends after `soft_days`, unless that is None.
    """

    on_hard_bounce: bool = True
    on_complaint: bool = True
    soft_bounces: int = 3
    soft_of: int = 5
    soft_days: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One reason against an address, `email` as it was given. `at`: when it was said; `since`: since when it is so.

    Times are microseconds since 1970.
    """

    why: str
    email: str
    at: int
    source: str
    since: int
    expires_at: int | None = None
    note: str = ""
    message_id: int | None = None

    @property
    def order(self) -> tuple[int, int, int, str, str, str, int]:
        """What was said last counts; of two at one moment, what lasts longer."""
        return (self.at, _end(self), self.since, self.source, self.note, self.email, self.message_id or 0)


@dataclass(slots=True)
class Standing:
    """All that is known against an address: an entry a reason, and when somebody last took it off the list."""

    entries: dict[str, Entry] = field(default_factory=dict)
    released_at: int = 0

    def suppress(self, entry: Entry) -> None:
        """Add a reason, unless the address was released after it."""
        known = self.entries.get(entry.why)
        if entry.at > self.released_at and (known is None or entry.order > known.order):
            self.entries[entry.why] = entry

    def release(self, at: int) -> None:
        """Take away every reason that was given until then."""
        self.released_at = max(self.released_at, at)
        self.entries = {why: entry for why, entry in self.entries.items() if entry.at > self.released_at}

    @property
    def leading(self) -> Entry | None:
        """The reason that lasts longest, of those the weightiest; None for an address that isn't suppressed."""
        return max(self.entries.values(), key=lambda entry: (_end(entry), _WEIGHT[entry.why]), default=None)


def _end(entry: Entry) -> int:
    return NEVER if entry.expires_at is None else entry.expires_at


def soft_failure(messages: Sequence[int], failed: Mapping[int, int], rules: Rules) -> tuple[int, int] | None:
    """When the soft rule last applied, and at which message; None if it doesn't.

    `messages` are ids of an address's messages in the order they were registered, `failed` the time of the last soft failure
    of some. It applies where any `soft_of` in a row have `soft_bounces` failures, so that it doesn't matter when each is heard of.
    """
    if not rules.soft_bounces:
        return None
    places = [place for place, message_id in enumerate(messages) if message_id in failed]
    told: list[tuple[int, int]] = []
    for first in range(len(places) - rules.soft_bounces + 1):
        group = [place for place in places[first:] if place < places[first] + rules.soft_of]
        if len(group) >= rules.soft_bounces:
            told += [(failed[messages[place]], messages[place]) for place in group]
    return max(told, default=None)


def all_of(entries: Iterable[Entry]) -> Standing:
    """The standing that entries add up to."""
    standing = Standing()
    for entry in entries:
        standing.suppress(entry)
    return standing
