"""What the simulator is made of: messages, the requests they cause, and who was behind each."""

import random
from dataclasses import dataclass, field

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
PIXEL = -1
#: The link that no person sees.
TRAP = -2

PERSON, MACHINE = "person", "machine"
Headers = tuple[tuple[str, str], ...]
#: What browsers send with a link that was followed.
LANGUAGE: Headers = (("Accept", "text/html,application/xhtml+xml"), ("Accept-Language", "en-US,en;q=0.9"))


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a mail client, a gateway or a person. `link` is the place of the link in the mail, or PIXEL."""

    at: int
    link: int
    who: str
    address: str
    agent: str
    why: str  # the actor, to name what is judged wrong
    method: str = "GET"
    headers: Headers = ()


@dataclass(slots=True)
class Letter:
    """One message with its truth. `told` is how we hear when it was handed over: delivered, sent or not at all."""

    number: int
    delivered_at: int
    links: int
    told: str = ""
    told_at: int = 0
    requests: list[Request] = field(default_factory=list)
    has_trap: bool = False
    is_unknowable: bool = False  # somebody reads it and leaves no trace

    @property
    def hrefs(self) -> list[int]:
        """All that a program finds in the mail: what people see, and the trap."""
        return [*range(self.links), TRAP] if self.has_trap else list(range(self.links))

    @property
    def is_opened(self) -> bool:
        """Whether a person's request shows that it was read: a click does too."""
        return any(request.who == PERSON for request in self.requests)

    @property
    def is_clicked(self) -> bool:
        """Whether a person followed a link."""
        return any(request.who == PERSON and request.link != PIXEL for request in self.requests)


def some_seconds(rng: random.Random, low: float, high: float) -> int:
    """Some time between two numbers of seconds."""
    return int(rng.uniform(low, high) * SECOND)
