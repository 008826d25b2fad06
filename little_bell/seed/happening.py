"""One thing that happens to a message of the demo."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

SECOND = 1_000_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a message. `type` is an events.EventType; `reply` is what a mail server said."""

    type: str
    at: int
    address: str = ""
    agent: str = ""
    url: str = ""
    is_signed: bool = True
    is_head: bool = False
    reply: str = ""
    position: int = 0  # of the followed link in the mail


def pick(rng: random.Random, weighted: Mapping[T, int]) -> T:
    """One of them, by their weights."""
    return rng.choices(list(weighted), list(weighted.values()))[0]
