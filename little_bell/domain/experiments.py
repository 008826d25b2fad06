"""Whether one share is better than another, and how sure that is. Pure, and without tables of statistics.

The interval of a difference: R. G. Newcombe, Interval estimation for the difference between independent proportions (Statistics in
Medicine 17, 1998), method 10.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, lgamma, log, log1p, sqrt

from little_bell.domain.intervals import Z95, Interval, wilson

#: A quantile of the normal distribution: for a power of 80 %.
Z_POWER = 0.8416212335729143
#: A share is integrated over so many deviations on each side of its mean: enough for the long tail of a share near 0, or for one of which
#: at least so many did it and as many didn't, which has no such tail. So many steps to a deviation, and in all at least so many.
DEVIATIONS, WITHOUT_TAIL, MANY = 40, 8, 100
STEPS, LEAST = 12, 400


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant: so many did it, of so many."""

    name: str
    did: int
    of: int

    @property
    def share(self) -> float:
        return self.did / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A variant against another: the difference of their shares, the probability that it is the better one, and how many messages more
    each of the two would need for a difference like this to show (0 where it shows, None where there is none to be shown).
    """

    name: str
    against: str
    difference: Interval
    probability: float
    is_clear: bool
    needs: int | None


def newcombe(one: Arm, other: Arm) -> Interval:
    """`one` less `other`, with its 95 % interval. Both went to somebody."""
    a, b = wilson(one.did, one.of), wilson(other.did, other.of)
    assert a is not None and b is not None
    difference = a.value - b.value
    low = difference - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    high = difference + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return Interval(difference, max(-1.0, low), min(1.0, high))


def probability_better(one: Arm, other: Arm) -> float:
    """The probability that the true share of `one` is above that of `other`, each with a uniform prior: Beta(did + 1, not + 1).

    Integrates the density of the one times the distribution of the other. The steps are those of both: one of them may be a thousand times
    as narrow as the other, and somewhere else.
    """
    first, second = _density(*_posterior(one)), _density(*_posterior(other))
    places = sorted({*_steps(*_posterior(one)), *_steps(*_posterior(other))})
    below = above = whole = 0.0
    here, beyond = first(places[0]), second(places[0])
    for left, right in pairwise(places):  # Simpson's rule for each; half of a step is what the parabola through its three points says
        width, middle = right - left, (left + right) / 2
        there, at_middle = first(right), first(middle)
        after, between = second(right), second(middle)
        half, piece = width / 24 * (5 * beyond + 8 * between - after), width / 6 * (beyond + 4 * between + after)
        above += width / 6 * (here * below + 4 * at_middle * (below + half) + there * (below + piece))
        whole += width / 6 * (here + 4 * at_middle + there)
        below, here, beyond = below + piece, there, after
    return min(1.0, above / (below * whole))


def needed(one: Arm, other: Arm) -> int | None:
    """How many messages each needs for a difference like the observed to be found (95 % sure, with 80 % power); None for no difference.

    The usual formula for two independent proportions, e.g. Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 4.2.
    """
    p, q = one.share, other.share
    if p == q:
        return None
    middle = (p + q) / 2
    root = Z95 * sqrt(2 * middle * (1 - middle)) + Z_POWER * sqrt(p * (1 - p) + q * (1 - q))
    return ceil(root * root / (p - q) ** 2)


def compare(one: Arm, other: Arm) -> Comparison:
    """One against the other."""
    difference = newcombe(one, other)
    is_clear = difference.low > 0 or difference.high < 0
    wanted = needed(one, other)
    needs = 0 if is_clear else None if wanted is None else max(1, wanted - min(one.of, other.of))
    return Comparison(one.name, other.name, difference, probability_better(one, other), is_clear, needs)


def against_best(arms: list[Arm]) -> list[Comparison]:
    """The best against each of the others, in their order; none for fewer than two arms. Arms that went to nobody are left out."""
    there = [arm for arm in arms if arm.of]
    if len(there) < 2:
        return []
    best = max(there, key=lambda arm: (arm.share, arm.of))
    return [compare(best, arm) for arm in there if arm is not best]


def verdict(arms: list[Arm], comparisons: list[Comparison], what: str) -> str:
    """What the arms against the best of them come to, in plain words; `what` is the rate, e.g. "click rate"."""
    if not comparisons:
        return "Nothing to compare yet: it takes two variants that were delivered."
    shares = {arm.name: arm.share for arm in arms}
    if len(comparisons) > 1:
        best, clear = comparisons[0].name, [one for one in comparisons if one.is_clear]
        if len(clear) == len(comparisons):
            return f"{best} is better than each of the others: its {what} is {_percent(shares[best])}."
        return f"{best} leads with {_percent(shares[best])}, and is clearly better than {len(clear)} of {len(comparisons)} others."
    one = comparisons[0]
    told = f"{_percent(shares[one.name])} against {_percent(shares[one.against])}"
    between = f"95 % between {_points(one.difference.low)} and {_points(one.difference.high)}"
    if one.is_clear:
        return f"{one.name} is better: {told}; difference {_points(one.difference.value)} points, {between}."
    if one.needs is None:
        return f"No difference: {told}."
    more = f"It would need about {one.needs:,} more messages of each variant to tell."
    return f"Not decided: {told}; difference {_points(one.difference.value)} points, {between}. {more}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", "−")


def _posterior(arm: Arm) -> tuple[int, int]:
    return arm.did + 1, arm.of - arm.did + 1


def _density(a: int, b: int) -> Callable[[float], float]:
    """The density of a Beta distribution."""
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)

    def at(place: float) -> float:
        if place <= 0:
            return float(b) if a == 1 else 0.0
        if place >= 1:
            return float(a) if b == 1 else 0.0
        return exp(scale + (a - 1) * log(place) + (b - 1) * log1p(-place))

    return at


def _steps(a: int, b: int) -> list[float]:
    """Places over all of a Beta distribution that isn't nothing."""
    mean = a / (a + b)
    deviation = sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    reach = (WITHOUT_TAIL if min(a, b) > MANY else DEVIATIONS) * deviation
    low, high = max(0.0, mean - reach), min(1.0, mean + reach)
    steps = max(LEAST, ceil((high - low) / deviation * STEPS))
    return [low + (high - low) * step / steps for step in range(steps + 1)]
