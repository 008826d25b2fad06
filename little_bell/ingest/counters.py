"""What the reader's path counts of itself: answers, drops by named reason, latency. Read by /metrics and /ready."""

from bisect import bisect_left
from collections import Counter

#: Upper bounds in seconds of the latency histogram.
LATENCY_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Counters:
    """Plain integers of one process; no locks, since only the event loop writes them."""

    latency_bounds = LATENCY_BOUNDS

    def __init__(self) -> None:
        self.answered: Counter[str] = Counter()  # by event type
        self.drops: Counter[str] = Counter()  # by reason
        self.latency = [0] * (len(LATENCY_BOUNDS) + 1)
        self.latency_sum = 0.0

    def answer(self, kind: str, seconds: float) -> None:
        """A reader was answered after so many seconds."""
        self.answered[kind] += 1
        self.latency[bisect_left(LATENCY_BOUNDS, seconds)] += 1
        self.latency_sum += seconds
