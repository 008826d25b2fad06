"""Times as integer microseconds since 1970, UTC: as events carry them and the tables keep them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(when: datetime) -> int:
    """Microseconds since 1970 of an aware time. Raises TypeError for a naive one."""
    return (when - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def micros_of(when: datetime | None) -> int | None:
    """The same as to_micros(), for a time that may not be known."""
    return None if when is None else to_micros(when)
