"""Confidence intervals against published figures, and what has to hold of any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.intervals import wilson

# R. G. Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I, method 3.
PUBLISHED = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("count", "of", "low", "high"), PUBLISHED)
def test_it_gives_the_published_figures(count: int, of: int, low: float, high: float) -> None:
    found = wilson(count, of)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_the_rate_lies_within_and_more_messages_narrow_it(count: int, of: int) -> None:
    count = min(count, of)
    one, ten = wilson(count, of), wilson(10 * count, 10 * of)
    assert one is not None and ten is not None
    assert 0 <= one.low <= count / of + 1e-12 and count / of - 1e-12 <= one.high <= 1
    assert ten.high - ten.low < one.high - one.low


def test_of_nothing_nothing_is_said() -> None:
    assert wilson(0, 0) is None


def test_more_than_all_is_all() -> None:
    assert wilson(3, 2) == wilson(2, 2)
