"""Numbers and times as people read them; made on the server, so that every page says them alike."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

NOTHING = "–"


def addressee(email: str) -> str:
    """To whom a message is; an e-mail of a tenant's own route may be registered without."""
    return email or "(no address)"


def parts_of(address: str) -> list[str]:
    """Between these a narrow screen may break an address: before the @ and dots, and where a tag begins."""
    return re.findall(r"[@.+]*[^@.+]+|[@.+]+$", address)


def count(number: int | float | None) -> str:
    """12,345; – for None."""
    return NOTHING if number is None else f"{number:,.0f}"


def percent(number: int | float | None) -> str:
    """A rate with at most one decimal; – where there was nothing to divide by."""
    if number is None:
        return NOTHING
    return f"{number:.0f} %" if number in (0, 100) else f"{number:.1f} %"


def things(number: int | float | None, one: str, many: str) -> str:
    """1 open, 2 opens."""
    return f"{count(number)} {one if number == 1 else many}"


def moment(when: datetime | None, zone: ZoneInfo) -> str:
    """22 Nov 2026, 14:03; – for None."""
    if when is None:
        return NOTHING
    local = when.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def exact(when: datetime, zone: ZoneInfo) -> str:
    """22 Nov 2026, 14:03:07 CET."""
    local = when.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M:%S %Z}"


def day(when: datetime, zone: ZoneInfo) -> str:
    """22 Nov 2026."""
    local = when.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def ago(when: datetime, now: datetime) -> str:
    """How long ago, in the largest whole unit: just now, 5 min, 3 h, 2 d."""
    past = now - when
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=1):
        return f"{past // timedelta(minutes=1)} min ago"
    if past < timedelta(days=1):
        return f"{past // timedelta(hours=1)} h ago"
    return f"{past.days} d ago"


def days_between(first: date, last: date) -> str:
    """22 Nov 2026; 1 – 22 Nov 2026; 24 Oct – 22 Nov 2026; what two days have in common is said once."""
    if first == last:
        return f"{last.day} {last:%b %Y}"
    start = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        start += f" {first:%b}" if first.year == last.year else f" {first:%b %Y}"
    return f"{start} – {last.day} {last:%b %Y}"


def length(seconds: int) -> str:
    """A time that passed, in its largest unit: 45 s, 10 min, 3 h, 2.5 d."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds} s"
