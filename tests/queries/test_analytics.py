"""What a campaign's readers did, and when."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from little_bell.db import reading, writing
from little_bell.domain.delays import POINTS, STEPS, median, reached, step_of
from little_bell.domain.metrics import COUNTS, open_rate_interval
from little_bell.models.tables import event_quarters
from little_bell.queries.analytics import week_heat
from tests.fixtures.people import Person


def test_a_curve_tells_at_points_where_steps_end() -> None:
    assert set(POINTS) <= set(STEPS)
    assert list(STEPS) == sorted(set(STEPS))


def test_what_happened_before_the_hand_over_is_in_the_first_step() -> None:
    assert [step_of(-5), step_of(0), step_of(9_999_999), step_of(10_000_000), step_of(10**15)] == [0, 0, 0, 10, STEPS[-1]]


def test_a_median_lies_within_its_step() -> None:
    assert median({}) is None
    assert median({0: 1, 3_600: 3}) == 3_600 + round(300 / 3)
    assert reached({0: 2, 60: 1}, (60, 120)) == [2, 3]


def test_the_estimate_leaves_out_whom_apple_hides() -> None:
    counts = {"delivered": 100, "opened": 70, "human_opened": 22, "private_opened": 50, "private_human_opened": 2}
    found = open_rate_interval(counts)
    assert (found.lower, found.estimate, found.upper) == (22.0, 40.0, 70.0)
    assert "20 opened by people ÷ 50 delivered whose client tells" in found.how


def test_an_estimate_outside_of_the_bounds_gives_way_and_says_so() -> None:
    counts = {"delivered": 100, "opened": 60, "human_opened": 5, "private_opened": 50, "private_human_opened": 5}
    found = open_rate_interval(counts)
    assert (found.lower, found.estimate, found.upper) == (5.0, 5.0, 60.0)
    assert found.how.endswith("That would be 0.0 %, outside of the bounds: the nearer bound is given.")


def test_without_a_denominator_there_is_no_rate() -> None:
    found = open_rate_interval(dict.fromkeys(COUNTS, 0))
    assert (found.lower, found.estimate, found.upper) == (None, None, None)
    hidden = open_rate_interval({"delivered": 3, "opened": 3, "human_opened": 1, "private_opened": 3, "private_human_opened": 1})
    assert (hidden.lower, hidden.estimate, hidden.upper) == (33.33, None, 100.0)


def test_the_week_is_told_by_the_clocks_of_its_time_zone(engine: Engine, alice: Person) -> None:
    winter = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # Sunday 0:30 in Berlin, the hours before clocks go forward
    summer = winter + timedelta(hours=24)  # Monday 1:30
    with writing(engine) as connection:
        for quarter in (winter, summer):
            row = {"tenant_id": alice.tenant_id, "campaign_id": 1, "quarter": quarter, "opens": 3, "human_opens": 2}
            connection.execute(event_quarters.insert(), row)
    with reading(engine) as connection:
        cells = week_heat(connection, alice.tenant_id, 1, "Europe/Berlin")
    assert len(cells) == 168
    assert [(cell.weekday, cell.hour, cell.opens, cell.human_opens) for cell in cells if cell.opens] == [(0, 1, 3, 2), (6, 0, 3, 2)]
