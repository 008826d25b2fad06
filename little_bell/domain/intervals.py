"""How far off a rate may be: of what was seen, to what it is in the long run."""

from dataclasses import dataclass
from math import sqrt

#: Two-sided 95 %: of a standard normal distribution so much lies within.
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between two bounds, as shares of 1."""

    value: float
    low: float
    high: float


def wilson(count: int, of: int) -> Interval | None:
    """`count` ÷ `of` with Wilson's 95 % score interval; None where there is nothing to divide by.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). It keeps what it promises
    for few messages and for rates near 0 and 1, where the textbook's interval does not.
    """
    if of <= 0:
        return None
    count = min(count, of)  # complaints may come of mail whose delivery nobody reported
    share, square = count / of, Z95 * Z95
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z95 * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
