"""What a segment asks for at a moment, whatever the clock on the wall says; and words that mean nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from little_bell.domain.addresses import LONGEST, address_key
from little_bell.domain.errors import Invalid
from little_bell.domain.recipients import HOUR, NEVER, hour_of
from little_bell.domain.segments import DAY, READY, Segment, segment_of
from little_bell.domain.times import to_micros

MIDNIGHT = datetime(2026, 3, 29, tzinfo=UTC)  # of the day on which clocks in Europe go forward


@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 23 * 60 + 59])
def test_the_last_thirty_days_begin_at_the_same_hour_of_utc_for_rows_and_for_sums(minutes: int) -> None:
    moment = MIDNIGHT + timedelta(minutes=minutes)
    [days] = Segment(clicked_within=30).ranges(to_micros(moment))
    begin = to_micros(moment - timedelta(days=30)) // HOUR * HOUR
    assert (days.column, days.low, days.high, days.first) == ("last_human_clicked_at", begin, None, hour_of(begin))
    elsewhere = moment.astimezone(timezone(timedelta(hours=5, minutes=45)))  # Nepal
    assert Segment(clicked_within=30).ranges(to_micros(elsewhere)) == [days]
    for at in (begin - 1, begin, begin + DAY):  # a row is in the segment exactly if its bucket is
        assert (at >= begin) is (hour_of(at) >= (days.first or 0))
    [never] = Segment(not_clicked_within=30).ranges(to_micros(moment))
    assert (never.high, never.end) == (begin, hour_of(begin)) and hour_of(0) == NEVER < hour_of(begin)


def test_ready_segments_can_be_asked_for_in_words() -> None:
    for segment in READY.values():
        assert segment_of(**segment._asdict()) == segment
    assert not Segment().is_narrow and not segment_of(include="all").is_narrow and segment_of(suppressed=False).is_narrow


@pytest.mark.parametrize(
    ("field", "value"), [("suppressed", "yes"), ("domain", 7), ("search", "a\0"), ("unopened", True), ("opened", "human"), ("include", "x")]
)
def test_what_means_nothing_is_refused_by_its_name(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        segment_of(**{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("email", ["İ" * 64 + "@" + "d" * 250, "ä@" + ".".join(["ü"] * 120), "İ" * 64 + "@" + ".".join(["ß" * 20] * 12)])
def test_a_key_is_never_longer_than_its_column_and_its_own_key(email: str) -> None:
    key = address_key(email)
    assert len(key) <= LONGEST and address_key(key) == key and "@" in key
