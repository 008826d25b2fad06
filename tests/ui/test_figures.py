"""The numbers on top of a page say what the contract says."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from little_bell.domain.metrics import COUNTS, metrics
from little_bell.ui.figures import figures, funnel
from little_bell.ui.words import ago, count, moment, percent

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTHING = metrics(0, dict.fromkeys(COUNTS, 0))
SOME = metrics(200, dict.fromkeys(COUNTS, 0) | {"sent": 200, "delivered": 160, "opened": 80, "human_opened": 40, "bounced": 40})


def test_people_lead_and_machines_stand_beside() -> None:
    opened = next(one for one in figures(SOME) if one.name == "Open rate")
    assert (opened.value, opened.beside, opened.formula) == ("25.0 %", "40 people · 50.0 % with machines", "human opened ÷ delivered")


def test_all_lead_where_they_are_asked_for() -> None:
    opened = next(one for one in figures(SOME, is_human=False) if one.name == "Open rate")
    assert (opened.value, opened.beside, opened.formula) == ("50.0 %", "80 messages · 25.0 % by people", "opened ÷ delivered")


def test_nothing_to_divide_by_is_a_dash_and_never_zero() -> None:
    rates = {one.name: one.value for one in figures(NOTHING) if "rate" in one.name or one.name == "Click-to-open"}
    assert set(rates.values()) == {"–"}


def test_the_funnel_is_drawn_in_shares_of_all_messages() -> None:
    assert [(step.name, step.width) for step in funnel(SOME)] == [
        ("Sent", "100.0%"),
        ("Delivered", "80.0%"),
        ("Opened", "20.0%"),
        ("Clicked", "0%"),
        ("Bounced", "20.0%"),
    ]


@pytest.mark.parametrize(
    ("name", "now", "before", "change", "tone"),
    [
        ("Sent", {"sent": 150}, {"sent": 100}, "+50.0 %", ""),
        ("Sent", {"sent": 90}, {"sent": 100}, "−10.0 %", ""),
        ("Sent", {"sent": 90}, {"sent": 0}, "", ""),
        ("Open rate", {"delivered": 10, "human_opened": 5}, {"delivered": 10, "human_opened": 4}, "+10.0 points", "good"),
        ("Bounce rate", {"sent": 10, "bounced": 5}, {"sent": 10, "bounced": 4}, "+10.0 points", "bad"),
        ("Bounce rate", {"sent": 10, "bounced": 5}, {"sent": 10, "bounced": 5}, "unchanged", ""),
        ("Bounce rate", {"sent": 10, "bounced": 5}, {}, "", ""),
    ],
)
def test_a_figure_is_compared_with_the_period_before(
    name: str, now: dict[str, int], before: dict[str, int], change: str, tone: str
) -> None:
    none = dict.fromkeys(COUNTS, 0)
    one = next(one for one in figures(metrics(200, none | now), metrics(200, none | before)) if one.name == name)
    assert (one.change, one.tone) == (change, tone)


@pytest.mark.parametrize(("number", "text"), [(None, "–"), (0, "0"), (12345, "12,345")])
def test_counts_have_commas(number: int | None, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(("number", "text"), [(None, "–"), (0.0, "0 %"), (100.0, "100 %"), (0.04, "0.0 %"), (33.33, "33.3 %")])
def test_rates_have_one_decimal(number: float | None, text: str) -> None:
    assert percent(number) == text


@pytest.mark.parametrize(
    ("past", "text"),
    [(timedelta(0), "just now"), (timedelta(minutes=5), "5 min ago"), (timedelta(hours=3), "3 h ago"), (timedelta(days=2), "2 d ago")],
)
def test_the_past_is_told_in_its_largest_unit(past: timedelta, text: str) -> None:
    assert ago(NOW - past, NOW) == text


def test_times_are_the_tenants_own() -> None:
    assert moment(NOW, ZoneInfo("Asia/Kathmandu")) == "22 Nov 2026, 17:45"
