"""The bars that verdicts must clear, on every population; written with the scenarios, before the rules."""

from pathlib import Path

import pytest

from little_bell.domain.metrics import open_rate_interval
from tests.simulator.over_http import journaled_by_a_server
from tests.simulator.populations import POPULATIONS, Population
from tests.simulator.score import Score
from tests.simulator.stage import Played, Stage

ALL = {population.name: population for population in POPULATIONS}


def check(score: Score) -> None:
    why = score.wrong.most_common(5)
    assert score.precision >= 0.99, why
    assert score.recall >= 0.95, why
    assert score.lost_clicks <= 0.5, why
    for counted, true in (score.open_rates, score.click_rates):
        assert abs(counted - true) <= 1, (counted, true, why)


def check_interval(stage: Stage, played: list[Played]) -> None:
    """The true open rate, those included who read without a trace, lies in the interval, and nearer to the estimate than to a bound."""
    found = open_rate_interval(stage.counts())
    delivered = [each.letter for each in played if each.letter.told or each.letter.requests]
    truth = 100 * sum(letter.is_opened or letter.is_unknowable for letter in delivered) / len(delivered)
    assert found.lower is not None and found.estimate is not None and found.upper is not None
    assert found.lower <= truth <= found.upper
    assert abs(found.estimate - truth) < min(truth - found.lower, found.upper - truth), (found, truth)


@pytest.mark.parametrize("population", POPULATIONS, ids=ALL)
def test_people_and_machines_are_told_apart(population: Population, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "house", population)

    played = stage.play(stage.hits())
    check(Score.of(played))
    check_interval(stage, played)


@pytest.mark.parametrize("population", POPULATIONS, ids=ALL)
def test_a_real_server_hears_what_was_journaled_above(population: Population, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "house", population, scale=0.06)
    assert journaled_by_a_server(stage) == stage.hits()


def test_they_are_told_apart_by_what_a_real_server_hears(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "house", ALL["mixed"], scale=0.3)

    check(Score.of(stage.play(journaled_by_a_server(stage))))


def test_a_population_is_the_same_each_time() -> None:
    one, other = ALL["wild companies"].letters(0.1), ALL["wild companies"].letters(0.1)
    assert one == other
