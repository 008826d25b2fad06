"""A message's events as its behaviour is judged from them: what was fetched, when, and from which network."""

from dataclasses import dataclass, field

from little_bell.domain.verdicts.reasons import APART, REASONS, VOUCHED, decide, request_part

SECOND = 1_000_000

#: A destination that ends in this is the hidden link: `<a href="https://example.com/#lb-trap" style="display:none"></a>`.
TRAP = "#lb-trap"


@dataclass(slots=True)
class Seen:
    """One open or click. `network` and `agent` only tell one from another; `link` is the destination.

    `reasons` are those of the request alone; `found` takes what is found beside them.
    """

    id: int
    type: str
    at: int
    network: int
    agent: int
    link: str
    reasons: str
    found: list[str] = field(default_factory=list)
    is_machine: bool = False

    def __post_init__(self) -> None:
        self.reasons = request_part(self.reasons)
        self.is_machine = self.shows_machine

    @property
    def names(self) -> list[str]:
        """The names of the request's reasons."""
        return [name for name in self.reasons.split(",") if name in REASONS]

    @property
    def shows_machine(self) -> bool:
        """Whether its request alone is a machine's."""
        return decide(self.reasons).verdict == "machine"

    @property
    def is_apart(self) -> bool:
        """Whether it shows nothing about others, nor they about it."""
        return not APART.isdisjoint(self.names)

    @property
    def is_vouched(self) -> bool:
        """Whether somebody answers for it."""
        return self.reasons == "manual" or not VOUCHED.isdisjoint(self.names)

    def blame(self, reason: str) -> None:
        """It was a machine, for this reason; unless somebody vouches for it."""
        if self.is_vouched:
            return
        if reason not in self.found:
            self.found.append(reason)
        self.is_machine = True

    @property
    def judged(self) -> str:
        """All reasons, the request's first."""
        return ",".join([self.reasons, *self.found]) if self.found else self.reasons


@dataclass(frozen=True, slots=True)
class HandOver:
    """When a message was handed over, as somebody said so; None where nobody did (an open or click only implies it)."""

    sent_at: int | None = None
    delivered_at: int | None = None

    @property
    def at(self) -> int | None:
        """The best that is known."""
        return self.sent_at if self.delivered_at is None else self.delivered_at
