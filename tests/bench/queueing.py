"""How long an event waits to be counted: by a formula, and by a simulation of batches that says how far the formula holds.

`python -m tests.bench.queueing` prints both.
"""

import random
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate
from math import cos, pi, sqrt

from tests.bench.capacity import DAY, Measured

#: The most records that a batch holds (little_bell/projector/loop.py), the pause between two, and how often one begins at most.
LARGEST, GAP, EVERY = 20_000, 0.005, 0.07


@dataclass
class Lags:
    """How long events waited, in seconds, with how many waited so long."""

    seen: list[tuple[float, float]] = field(default_factory=list)

    def at(self, share: float) -> float:
        """The time within which this share of all events was counted."""
        ordered = sorted(self.seen)
        sums = list(accumulate(count for _, count in ordered))
        return ordered[min(bisect_left(sums, share * sums[-1]), len(ordered) - 1)][0]


def cycle(rate: float, measured: Measured) -> float:
    """How long a batch takes at a steady rate of events a second: it holds what came during the one before it.

    T = pause + fixed cost + rate · T / speed, and EVERY at least. Infinite where one projector can't keep up.
    """
    busy = rate / measured.projector_rate
    steady = max(EVERY, (measured.batch_seconds + GAP) / (1 - busy)) if busy < 1 else float("inf")
    return steady if rate * steady <= LARGEST else float("inf")


def expected(rate: float, share: float, measured: Measured) -> float:
    """The lag of this share of all events: an event waits for the next batch to begin, and for its end."""
    every = cycle(rate, measured)
    return every * share + measured.batch_seconds + GAP + rate * every / measured.projector_rate


def backlog(rates: Callable[[float], float], measured: Measured, step: float = 60.0) -> float:
    """The longest lag of a day in which more comes at times than a projector can take: what has gathered, over its speed."""
    speed = LARGEST / (measured.batch_seconds + GAP + LARGEST / measured.projector_rate)
    waiting = longest = 0.0
    for minute in range(2 * int(DAY / step)):  # twice, so that the first night's rest is behind
        waiting = max(0.0, waiting + (rates(minute * step) - speed) * step)
        longest = max(longest, waiting / speed)
    return longest


def simulate(rates: Callable[[float], float], seconds: float, measured: Measured, every: float = EVERY) -> Lags:
    """Batch after batch: what came meanwhile, by chance, waits; a batch takes the oldest of it, as many as it holds.

    `every`: a batch begins so many seconds after the last one at the earliest; whole days are simulated quicker that way.
    """
    chance, lags = random.Random(1), Lags()
    waiting: deque[tuple[float, float]] = deque()  # when, how many
    now, came_until = 0.0, 0.0
    while now < seconds:
        _arrive(waiting, rates, came_until, now, chance)
        came_until, room, taken = now, float(LARGEST), []
        while waiting and room > 0:
            when, count = waiting.popleft()
            part = min(count, room)
            taken.append((when, part))
            room -= part
            if part < count:
                waiting.appendleft((when, count - part))
        size = LARGEST - room
        done = now + measured.batch_seconds + GAP + size / measured.projector_rate
        lags.seen += [(done - when, count) for when, count in taken]
        now = max(done, now + every)
    return lags


def _arrive(waiting: deque[tuple[float, float]], rates: Callable[[float], float], start: float, end: float, chance: random.Random) -> None:
    """Arrivals of a stretch of time in ten pieces: of many independent readers, so Poisson, here by its normal shape."""
    piece = (end - start) / 10
    for number in range(10 if end > start else 0):
        when = start + (number + 0.5) * piece
        mean = rates(when) * piece
        if (count := max(0.0, chance.gauss(mean, sqrt(mean)))) > 0:
            waiting.append((when, count))


def daily(mean: float, peak: float) -> Callable[[float], float]:
    """A day with one peak of `peak` times the mean: narrow as it is high, so that the day's sum stays what it is."""
    power = {1.5: 1, 2.0: 2, 4.0: 10}[peak]
    shape = [((1 + cos(2 * pi * minute / 1_440)) / 2) ** power for minute in range(1_440)]
    scale = mean * len(shape) / sum(shape)
    return lambda second: scale * shape[int(second / 60) % 1_440]


def main() -> None:
    """Both, beside each other."""
    measured = Measured()
    print("share of a projector's speed | lag p50, formula | simulated | p99, formula | simulated")
    for busy in (0.1, 0.3, 0.5, 0.7, 0.9):
        rate = busy * measured.projector_rate
        lags = simulate(lambda _now, rate=rate: rate, 600, measured)
        told = [f"{1_000 * value:,.0f} ms" for share in (0.5, 0.99) for value in (expected(rate, share, measured), lags.at(share))]
        print(f"{busy:.0%} | {' | '.join(told)}")
    for mean in (0.3, 0.5, 0.8):
        rates = daily(mean * measured.projector_rate, 2.0)
        longest = simulate(rates, 2 * DAY, measured, every=0.5).at(1.0)
        print(f"a day of {mean:.0%} in the mean, its peak twice that: {backlog(rates, measured):,.0f} s, simulated {longest:,.0f} s")


if __name__ == "__main__":
    main()
