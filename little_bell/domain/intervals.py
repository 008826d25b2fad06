"""How far off a rate may be: of what was seen, to what it is in the long run."""

from math import sqrt
from typing import NamedTuple

#: Of a standard normal distribution: 95 % lies within.
Z95 = 1.959963984540054


class Interval(NamedTuple):
    """Shares of 1."""

    low: float
    high: float


def wilson(count: int, of: int, z: float = Z95) -> Interval | None:
    """Wilson's score interval of `count` ÷ `of`; None where there is nothing to divide by.

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). It keeps what it promises
    for few messages and for rates near 0 and 1, where the textbook's interval does not.
    """
    if of <= 0:
        return None
    share, per = count / of, z * z / of
    middle = (share + per / 2) / (1 + per)
    half = z * sqrt(share * (1 - share) / of + per / (4 * of)) / (1 + per)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
