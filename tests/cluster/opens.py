"""Opens as an ingest node journals them, to measure with."""

import random
import time
from collections.abc import Sequence

from little_bell.journal.records import Hit, Record

AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Thunderbird/{version}.0" for version in range(120, 140)]


def opens(tokens: Sequence[str], many: int) -> list[Record]:
    """So many of random messages, by twenty clients in 256 networks."""
    now, rng = time.time_ns() // 1_000, random.Random()
    return [
        Hit("opened", rng.choice(tokens), now + place, is_signed=True, address=f"198.18.{rng.randrange(256)}.7", agent=rng.choice(AGENTS))
        for place in range(many)
    ]
