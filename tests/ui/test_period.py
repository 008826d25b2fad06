"""The period of a page: what an address may name, in the tenant's time zone, and what it is compared with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from little_bell.domain.errors import Invalid
from little_bell.queries.series import COLUMNS, MAX_POINTS, SeriesRow
from little_bell.ui.period import PERIODS, chosen, period_line, period_of

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "start", "end", "before"),
    [
        ("24h", "2026-11-21 13:30", "2026-11-22 13:30", ("2026-11-20 13:30", "2026-11-21 13:30")),
        ("7d", "2026-11-16 00:00", "2026-11-22 13:30", ("2026-11-09 00:00", "2026-11-15 13:30")),
        ("month", "2026-11-01 00:00", "2026-11-22 13:30", ("2026-10-01 00:00", "2026-10-22 14:30")),  # clocks went back between
        ("last-month", "2026-10-01 00:00", "2026-11-01 00:00", ("2026-09-01 00:00", "2026-10-01 00:00")),
        ("2026-10-24..2026-10-26", "2026-10-24 00:00", "2026-10-27 00:00", ("2026-10-21 00:00", "2026-10-24 00:00")),
    ],
)
def test_a_period_is_whole_days_of_the_tenants_zone_beside_as_much_of_the_time_before(
    said: str, start: str, end: str, before: tuple[str, str]
) -> None:
    period = period_of(said, NOW, BERLIN)
    assert (period.start, period.end) == (at(start), at(end))
    if said == "month":
        assert period.before == (at(before[0]), at(before[0]) + (NOW - at(start)))
    else:
        assert period.before == (at(before[0]), at(before[1]))


def test_all_time_has_no_start_and_nothing_before_it() -> None:
    period = period_of("all", NOW, BERLIN)
    assert (period.start, period.before, period.until) == (None, None, None)


def test_of_a_long_month_after_a_short_one_no_day_is_counted_twice() -> None:
    period = period_of("month", datetime(2026, 3, 31, 20, tzinfo=UTC), BERLIN)
    assert period.before == (at("2026-02-01"), at("2026-03-01"))


@given(
    st.sampled_from([*PERIODS, "2024-01-01..2026-11-30", "2026-11-22..2026-11-22"]),
    st.integers(0, 30_000).map(lambda hours: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(hours=25 * hours)),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"]),
)
def test_every_period_begins_before_it_ends_and_after_what_it_is_compared_with(said: str, now: datetime, zone: str) -> None:
    period = period_of(said, now, ZoneInfo(zone))
    assert period.chart_start < period.end or period.chart_start == now
    assert (period.end - period.chart_start) / timedelta(days=1) < MAX_POINTS
    if period.before is not None:
        assert period.start is not None
        assert period.before[0] < period.before[1] <= period.start or period.start == period.end
        assert period.before[1] - period.before[0] <= timedelta(days=31, hours=2) + (period.end - period.start)


def test_chosen_days_come_in_whichever_order_and_are_real() -> None:
    assert chosen("2026-11-22", "2026-11-01") == "2026-11-01..2026-11-22"
    for first, last in (("", ""), ("2026-13-01", "2026-14-01"), ("2026-11-01", "x"), ("0001-01-01", "9999-12-31")):
        with pytest.raises(Invalid):
            chosen(first, last)


@pytest.mark.parametrize(
    ("said", "choice", "words", "against"),
    [
        ("7d", "7d", "16 – 22 Nov 2026", "9 – 15 Nov 2026"),
        ("30d", "30d", "24 Oct – 22 Nov 2026", "24 Sep – 23 Oct 2026"),
        ("all", "all", "All time", ""),
        ("2026-11-22..2026-11-22", "dates", "22 Nov 2026", "21 Nov 2026"),
        ("2025-12-31..2026-01-01", "dates", "31 Dec 2025 – 1 Jan 2026", "29 – 30 Dec 2025"),
    ],
)
def test_the_picker_says_which_days_they_are(said: str, choice: str, words: str, against: str) -> None:
    line = period_line(said, period_of(said, NOW, BERLIN), BERLIN)
    assert (line.choice, line.words, line.against) == (choice, words, against)


def test_a_chart_of_all_time_begins_with_the_first_event_but_shows_a_month_at_least() -> None:
    quiet = SeriesRow(NOW, *(0 for _ in COLUMNS))
    busy = replace(quiet, opens=1)
    everything = period_of("all", NOW, BERLIN)
    assert len(everything.trimmed([quiet] * 100 + [busy] * 60)) == 60
    assert len(everything.trimmed([quiet] * 100 + [busy])) == 30
    assert len(everything.trimmed([quiet] * 7)) == 7
    assert len(period_of("30d", NOW, BERLIN).trimmed([quiet] * 30)) == 30
