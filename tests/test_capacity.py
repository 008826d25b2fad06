"""The capacity model: its table stands in the docs, and a simulation agrees with its formula for how long counting takes."""

from dataclasses import replace

import pytest

from little_bell.config import ROOT
from little_bell.projector import loop
from tests.bench import queueing
from tests.bench.capacity import SIZES, Measured, Traffic, mixed_rate, plan, table
from tests.bench.queueing import backlog, expected, simulate


def test_the_docs_show_the_table_that_the_model_computes() -> None:
    assert table() in (ROOT / "docs/scaling.md").read_text()


@pytest.mark.parametrize("busy", [0.1, 0.5, 0.7])
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_the_simulation_agrees_with_the_formula(busy: float, share: float) -> None:
    measured = Measured()
    rate = busy * measured.projector_rate
    assert simulate(lambda _now: rate, 30, measured).at(share) == pytest.approx(expected(rate, share, measured), rel=0.1)


def test_where_more_comes_than_can_be_taken_the_simulation_is_as_far_behind_as_what_has_gathered() -> None:
    measured = Measured()

    def an_hour_too_many(second: float) -> float:
        return measured.projector_rate * (1.5 if second % 86_400 < 3_600 else 0.2)

    behind = simulate(an_hour_too_many, 7_200, measured, every=0.5).at(1.0)
    assert behind == pytest.approx(backlog(an_hour_too_many, measured), rel=0.1) and behind > 1_500


def test_the_busiest_hour_of_each_size_is_counted_within_a_second() -> None:
    """What providers tell waits twice: for whoever finds its message, and for whoever folds it."""
    measured = replace(Measured(), projector_rate=mixed_rate())
    for mails in SIZES:
        planned = plan(mails * 1e6)
        rate = planned.peak_events / planned.installations
        assert 2 * simulate(lambda _now, rate=rate: rate, 30, measured).at(0.99) < 1, mails  # type: ignore[misc]
        assert planned.load <= Measured().core


def test_the_model_knows_the_projectors_own_limits_and_grows_with_the_mails() -> None:
    assert (queueing.LARGEST, queueing.GAP, queueing.EVERY) == (loop.LARGEST, loop.GAP_SECONDS, loop.EVERY_SECONDS)
    plans = [plan(mails) for mails in (1e6, 1e8, 1e9)]
    assert [one.dollars for one in plans] == sorted(one.dollars for one in plans)
    assert plans[0].installations == 1 and all(one.projectors <= 8 * one.installations for one in plans)  # of eight partitions each
    opens_alone = plan(1e9, traffic=Traffic(told_per_mail=0))
    assert opens_alone.installations < plans[-1].installations / 10
