"""What was taken over, and what could not be."""

from collections import Counter
from dataclasses import dataclass, field

#: Things left out that are named one by one; further ones are counted.
NAMED = 200


@dataclass(slots=True)
class Taken:
    """How much came over, and by reason how much did not; the first of each are named."""

    tenants: list[str] = field(default_factory=list)
    campaigns: int = 0
    messages: int = 0
    events: int = 0
    hosts: set[str] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)

    def leave(self, what: str, reason: str) -> None:
        """Note that something can't be carried over."""
        self.left_out[reason] += 1
        if len(self.named) < NAMED:
            self.named.append(f"{what}: {reason}")
