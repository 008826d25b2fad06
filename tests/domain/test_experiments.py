"""Intervals, probabilities and sample sizes against the figures of the papers and textbooks they come from."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.experiments import Arm, against_best, compare, needed, newcombe, probability_better
from little_bell.domain.experiments import verdict as verdict_on


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [  # Newcombe, Interval estimation for the difference between independent proportions (1998), table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_has_newcombes_interval(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    found = newcombe(Arm("a", *one), Arm("b", *other))
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def exactly_better(one: Arm, other: Arm) -> float:
    """The same in closed form (a sum over one arm's counts), for small numbers: P(X > Y) of Beta(a, b) and Beta(c, d)."""
    a, b, c, d = one.did + 1, one.of - one.did + 1, other.did + 1, other.of - other.did + 1
    total = 0.0
    for i in range(a):  # P(X > Y) = Σ B(c + i, d + b) / ((b + i) B(1 + i, b) B(c, d))
        total += _beta(c + i, d + b) / ((b + i) * _beta(1 + i, b) * _beta(c, d))
    return total


def _beta(a: int, b: int) -> float:
    return (a + b) / (a * b * comb(a + b, a))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_probability_to_be_better_is_that_of_the_closed_form(did: int, not_: int, other_did: int, other_not: int) -> None:
    one, other = Arm("a", did, did + not_), Arm("b", other_did, other_did + other_not)
    assert probability_better(one, other) == pytest.approx(exactly_better(one, other), abs=2e-5)


def test_the_probability_holds_for_millions() -> None:
    one, other = Arm("a", 31_000, 1_000_000), Arm("b", 30_900, 1_000_000)
    assert probability_better(one, other) == pytest.approx(0.6585, abs=1e-3)  # normal approximation: z = 0.4085
    assert probability_better(one, other) + probability_better(other, one) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [  # one share a thousand times as narrow as the other, and far away from it
        ((300, 500), (20_000, 1_000_000), 1.0),
        ((1_000_000, 1_000_000), (0, 1_000_000), 1.0),
        ((990_000, 1_000_000), (10_000, 1_000_000), 1.0),
        ((5, 10), (500_000, 1_000_000), 0.5),
        ((0, 10), (0, 1_000_000), 1_000_001 / 1_000_012),  # ∫ 11 (1 - x)^10 (1 - (1 - x)^1000001) dx
        ((0, 1_000_000), (0, 10), 11 / 1_000_012),
    ],
)
def test_the_probability_holds_for_arms_of_very_different_sizes(one: tuple[int, int], other: tuple[int, int], chance: float) -> None:
    assert probability_better(Arm("a", *one), Arm("b", *other)) == pytest.approx(chance, abs=1e-6)
    assert probability_better(Arm("b", *other), Arm("a", *one)) == pytest.approx(1 - chance, abs=1e-6)


def test_how_many_it_takes_is_the_textbooks_number() -> None:
    assert needed(Arm("a", 60, 100), Arm("b", 50, 100)) == 388  # 60 % against 50 %, 95 % sure, power 80 %
    assert needed(Arm("a", 1, 10), Arm("b", 10, 100)) is None


def verdict(arms: list[Arm], what: str) -> str:
    return verdict_on(arms, against_best(arms), what)


def test_the_verdict_says_in_words_what_was_found() -> None:
    clear = verdict([Arm("A", 240, 10_000), Arm("B", 310, 10_000)], "click rate")
    assert clear == "B is better: 3.1 % against 2.4 %; difference 0.7 points, 95 % between 0.2 and 1.2."
    open_ = verdict([Arm("A", 24, 1_000), Arm("B", 31, 1_000)], "click rate")
    assert open_.startswith("Not decided: 3.1 % against 2.4 %") and "7,567 more messages of each variant" in open_
    assert verdict([Arm("A", 5, 100), Arm("B", 5, 100)], "click rate") == "No difference: 5.0 % against 5.0 %."
    assert verdict([Arm("A", 5, 100)], "click rate").startswith("Nothing to compare yet")
    assert verdict([Arm("A", 5, 100), Arm("B", 0, 0)], "click rate").startswith("Nothing to compare yet")
    three = [Arm("A", 10, 1_000), Arm("B", 50, 1_000), Arm("C", 48, 1_000)]
    assert verdict(three, "click rate") == "B leads with 5.0 %, and is clearly better than 1 of 2 others."
    assert [(one.name, one.against, one.is_clear) for one in against_best(three)] == [("B", "A", True), ("B", "C", False)]


def test_what_is_clear_needs_no_more() -> None:
    assert compare(Arm("A", 90, 100), Arm("B", 10, 100)).needs == 0
