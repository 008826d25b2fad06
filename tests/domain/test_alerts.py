"""What stands as an alert: thresholds, least numbers, hysteresis, and falls that are more than chance."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.alerts import (
    DEFAULTS,
    LEAST_BEFORE,
    Kind,
    Rule,
    Share,
    changed_rule,
    kind_of,
    stands_fall,
    stands_no_opens,
    stands_rate,
    stands_silence,
    usual_of,
    words,
)
from little_bell.domain.errors import Invalid, NotFound

BOUNCES, FALL = DEFAULTS[Kind.BOUNCES], DEFAULTS[Kind.FALL]


@pytest.mark.parametrize(
    ("over", "under", "is_open", "stands"),
    [
        (2, 100, False, False),  # at the limit
        (3, 100, False, True),
        (3, 99, False, False),  # too few messages to say
        (1, 100, False, False),
        (2, 100, True, True),  # above 80 % of the limit it stays
        (16, 1_000, True, False),  # at 80 % it is good again
        (17, 1_000, True, True),
        (3, 50, True, True),  # fewer messages don't end it,
        (0, 0, True, False),  # none do
    ],
)
def test_a_rate_is_raised_above_its_limit_and_resolved_well_below(over: int, under: int, is_open: bool, stands: bool) -> None:
    assert stands_rate(Share(over, under), BOUNCES, is_open) is stands


def test_a_single_complaint_says_nothing_of_a_campaign() -> None:
    rule = DEFAULTS[Kind.COMPLAINTS]
    assert [stands_rate(Share(n, 900), rule, False) for n in (0, 1, 2)] == [False, False, True]


@given(st.lists(st.integers(18, 22), min_size=1, max_size=50))
def test_a_rate_that_hovers_at_the_limit_is_raised_once(bounced: list[int]) -> None:
    turns, is_open = 0, False
    for over in bounced:
        stands = stands_rate(Share(over, 1_000), BOUNCES, is_open)
        turns += stands != is_open
        is_open = stands
    assert turns <= 1


def test_no_opens_need_a_large_send_and_end_with_the_first_open() -> None:
    rule = DEFAULTS[Kind.NO_OPENS]
    assert [stands_no_opens(sent, 0, rule, False) for sent in (999, 1_000)] == [False, True]
    assert [stands_no_opens(1_200, opened, rule, True) for opened in (0, 1)] == [True, False]


def test_silence_counts_while_mail_goes_out_and_ends_with_a_webhook_or_after_a_week() -> None:
    rule = DEFAULTS[Kind.SILENCE]
    hours = lambda n: timedelta(hours=n)  # noqa: E731
    assert [stands_silence(hours(h), 50, rule, False) for h in (5.9, 6, 24 * 7, 24 * 7 + 1)] == [False, True, True, False]
    assert not stands_silence(hours(7), 49, rule, False)
    assert stands_silence(hours(7), 0, rule, True)
    assert not stands_silence(hours(0), 500, rule, True)


def test_what_is_usual_is_said_from_five_campaigns_on_and_not_moved_by_an_odd_one() -> None:
    assert usual_of([30.0] * (LEAST_BEFORE - 1)) is None
    usual = usual_of([30.0, 31.0, 29.0, 30.0, 95.0])
    assert usual is not None and usual.median == 30.0 and usual.spread == pytest.approx(1.4826)


@pytest.mark.parametrize(
    ("over", "under", "stands"),
    [
        (300, 1_000, False),  # as usual
        (190, 1_000, False),  # 37 % less
        (150, 1_000, True),  # half
        (40, 199, False),  # too few delivered
    ],
)
def test_a_fall_is_against_the_median_of_the_campaigns_before(over: int, under: int, stands: bool) -> None:
    assert stands_fall(Share(over, under), usual_of([30.0, 31.0, 29.0, 32.0, 28.0]), FALL, False) is stands


def test_a_tenant_whose_rates_differ_widely_is_not_told_of_each_low_one() -> None:
    wild = usual_of([10.0, 50.0, 30.0, 45.0, 12.0])
    assert not stands_fall(Share(150, 1_000), wild, FALL, False)


def test_a_fall_of_a_small_campaign_may_be_chance() -> None:
    usual = usual_of([2.0, 2.0, 2.0, 2.0, 2.0])
    assert not stands_fall(Share(2, 200), usual, FALL, False)  # 4 expected: 2 is nothing
    assert stands_fall(Share(20, 20_000), usual, FALL, False)


def test_a_fall_is_resolved_only_when_clearly_better() -> None:
    usual = usual_of([30.0] * 5)
    assert [stands_fall(Share(n, 1_000), usual, FALL, True) for n in (190, 200, 205)] == [True, True, False]


def test_without_anything_to_compare_with_nothing_falls() -> None:
    assert not stands_fall(Share(0, 1_000), None, FALL, False)
    assert not stands_fall(Share(0, 1_000), usual_of([0.0] * 6), FALL, False)


def test_a_rule_changes_in_what_is_named_and_keeps_within_what_means_something() -> None:
    assert changed_rule(Kind.SILENCE, Rule(True, 6, 50), None, 12, None) == Rule(True, 12, 50)
    assert changed_rule(Kind.SILENCE, Rule(True, 6, 50), False, None, 10) == Rule(False, 6, 10)
    with pytest.raises(Invalid):
        changed_rule(Kind.SILENCE, Rule(True, 6, 50), None, 97, None)
    with pytest.raises(NotFound):
        kind_of("bad_luck")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_words(kind: Kind) -> None:
    facts = {"over": 34, "under": 1_000, "value": 3.4, "limit": 2.0, "hours": 6.0, "usual": 31.0, "campaigns": 8}
    said = words(kind, facts)
    assert said.endswith((".", "?")) and "None" not in said
    assert ("1,000" in said) is (kind is not Kind.FALL)
