"""How long after the hand-over something happened: steps that are fine where much happens, and medians of what fell into them."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: Where the steps begin, in seconds: ten seconds wide in the first five minutes, a minute in the first hour, five minutes in the first
#: six, half an hour in the first two days, six hours in the first two weeks, a day in the first ninety; what comes later is one step.
STEPS = (
    *range(0, 5 * MINUTE, 10),
    *range(5 * MINUTE, HOUR, MINUTE),
    *range(HOUR, 6 * HOUR, 5 * MINUTE),
    *range(6 * HOUR, 2 * DAY, HOUR // 2),
    *range(2 * DAY, 14 * DAY, 6 * HOUR),
    *range(14 * DAY, 90 * DAY + 1, DAY),
)
#: Up to when a curve tells what had happened, in seconds; each is where a step ends.
POINTS = (
    *(minutes * MINUTE for minutes in (1, 2, 5, 10, 15, 20, 30, 45)),
    *(hours * HOUR for hours in (1, 2, 3, 4, 6, 8, 12, 18)),
    *(days * DAY for days in (1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 60, 90)),
)


def step_of(micros: int) -> int:
    """The step, by the second it begins at, of so many microseconds; what happened before the hand-over is in the first."""
    return STEPS[bisect_right(STEPS, micros // 1_000_000) - 1] if micros > 0 else 0


def median(counts: Mapping[int, int]) -> int | None:
    """The median in seconds of what fell into steps, exact to the width of its step; None where nothing did."""
    total, before = sum(counts.values()), 0
    for start, count in sorted(counts.items()):
        if count and 2 * (before + count) >= total:
            return round(start + (_end(start) - start) * (total / 2 - before) / count)
        before += count
    return None


def reached(counts: Mapping[int, int], points: Iterable[int] = POINTS) -> list[int]:
    """How many had happened by each point."""
    return [sum(count for start, count in counts.items() if start < point) for point in points]


def _end(start: int) -> int:
    place = bisect_right(STEPS, start)
    return STEPS[place] if place < len(STEPS) else start + DAY
