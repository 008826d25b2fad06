"""The period that a page looks at, as its address names it, and the one before it: in the tenant's time zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from little_bell.domain.errors import Invalid
from little_bell.queries.series import COLUMNS, MAX_POINTS, SeriesRow, Step
from little_bell.ui.words import days_between

PERIODS = {
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "365d": "Last 12 months",
    "month": "This month",
    "last-month": "Last month",
    "all": "All time",
}
#: What the picker calls a period of chosen days; an address names the days themselves.
DATES = "dates"
CHOSEN = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 2100
#: A chart of so short a period goes by the hour.
BY_THE_HOUR = timedelta(days=3)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end), aware; `start` is None for all time. `before` is the time before it to compare with, as much of it as there is
    of this one.
    """

    start: datetime | None
    end: datetime
    before: tuple[datetime, datetime] | None = None
    goes_on: bool = True

    @property
    def until(self) -> datetime | None:
        """The end for a query; None where it goes on: an event may say that it happens a moment from now."""
        return None if self.goes_on else self.end

    @property
    def step(self) -> Step:
        """Whether a chart of it goes by the hour or by the day."""
        return "hour" if self.start is not None and self.end - self.start <= BY_THE_HOUR else "day"

    @property
    def chart_start(self) -> datetime:
        """Where a chart of it begins: not earlier than a chart can show."""
        earliest = self.end - (MAX_POINTS - 2) * DAY
        return earliest if self.start is None else max(self.start, earliest)

    def trimmed(self, rows: list[SeriesRow]) -> list[SeriesRow]:
        """What a chart shows: of all time nothing from before the first event, but for a month of it."""
        if self.start is not None:
            return rows
        first = next((place for place, row in enumerate(rows) if any(getattr(row, name) for name in COLUMNS)), len(rows))
        return rows[min(first, max(len(rows) - 30, 0)) :]


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """A period as its picker shows it; `first` and `last` are days as 2026-11-22."""

    choice: str = "30d"
    words: str = ""
    against: str = ""
    first: str = ""
    last: str = ""


def checked_period(value: Any) -> str:
    """The value, if it names a period. Raises Invalid."""
    if isinstance(value, str) and (value in PERIODS or _days_in(value)):
        return value
    raise Invalid(f"period has to be one of {', '.join(PERIODS)}, or two days as 2026-11-01..2026-11-22", "period")


def chosen(first: str, last: str) -> str:
    """How an address names the days from `first` to `last`, in whichever order they come. Raises Invalid."""
    return checked_period(f"{min(first, last)}..{max(first, last)}")


def period_of(said: str, now: datetime, zone: ZoneInfo) -> Period:
    """The period that a checked value names."""
    today = now.astimezone(zone).date()
    days = _days_in(said)
    if days:
        first, last = days
        return _whole_days(first, last + DAY, zone, first - (last + DAY - first))
    if said == "all":
        return Period(None, now)
    if said == "24h":
        return Period(now - DAY, now, (now - 2 * DAY, now - DAY))
    this_month = today.replace(day=1)
    last_month = (this_month - DAY).replace(day=1)
    if said == "last-month":
        return _whole_days(last_month, this_month, zone, (last_month - DAY).replace(day=1))
    if said == "month":
        return _so_far(this_month, last_month, now, zone)
    length = int(said.removesuffix("d")) * DAY
    return _so_far(today - length + DAY, today - 2 * length + DAY, now, zone)


def period_line(said: str, period: Period, zone: ZoneInfo) -> PeriodLine:
    """The same for the picker."""
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    first = last - 29 * DAY if period.start is None else period.start.astimezone(zone).date()
    words = PERIODS["all"] if period.start is None else days_between(first, last)
    against = ""
    if period.before is not None:
        end = (period.before[1] - timedelta(microseconds=1)).astimezone(zone).date()
        against = days_between(period.before[0].astimezone(zone).date(), end)
    return PeriodLine(said if said in PERIODS else DATES, words, against, first.isoformat(), last.isoformat())


def _days_in(said: str) -> tuple[date, date] | None:
    match = CHOSEN.fullmatch(said)
    try:
        first, last = (date.fromisoformat(day) for day in match.groups()) if match else (date.max, date.min)
    except ValueError:
        return None
    return (first, last) if first.year >= FIRST_YEAR and first <= last and last.year < LAST_YEAR else None


def _whole_days(first: date, end: date, zone: ZoneInfo, before: date) -> Period:
    start = _midnight(first, zone)
    return Period(start, _midnight(end, zone), (_midnight(before, zone), start), goes_on=False)


def _so_far(first: date, before: date, now: datetime, zone: ZoneInfo) -> Period:
    """From the day `first` until now, beside as much of the time from `before` on."""
    start, earlier = _midnight(first, zone), _midnight(before, zone)
    return Period(start, now, (earlier, min(start, earlier + (now - start))))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
