"""Numbers that have a limit: what they are, and on which side of it."""

from dataclasses import dataclass

from little_bell.domain.metrics import THRESHOLDS, formula
from little_bell.ui.definitions import policy
from little_bell.ui.figures import Metrics
from little_bell.ui.words import NOTHING, count, percent, things


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number with its name; `verdict` says where it stands to its limit, `tone` good, warn or bad."""

    name: str
    value: str
    beside: str
    verdict: str = ""
    tone: str = ""
    formula: str = ""
    about: str = ""
    field: str = ""


def gauge(numbers: Metrics, name: str, field: str, beside: str) -> Gauge:
    """A rate beside its limit: bad from it on, warned of from half of it."""
    rate, limit = numbers[field], THRESHOLDS[field]
    if rate is None:
        return Gauge(name, NOTHING, beside, "", "", formula(field), policy(field), field)
    if rate >= limit:
        verdict, tone = f"above the limit of {limit:g} %", "bad"
    elif rate >= limit / 2:
        verdict, tone = f"near the limit of {limit:g} %", "warn"
    else:
        verdict, tone = f"below the limit of {limit:g} %", "good"
    return Gauge(name, f"{rate:.2f} %" if 0 < rate < 1 else percent(rate), beside, verdict, tone, formula(field), policy(field), field)


def gauges(numbers: Metrics, hard: int, soft: int, suppressed: int) -> list[Gauge]:
    """The five numbers that lead the page on bounces."""
    bounced = f"{things(numbers['bounced'], 'message', 'messages')} of {count(numbers['sent'])} sent"
    complained = f"{things(numbers['complained'], 'message', 'messages')} of {count(numbers['delivered'])} delivered"
    return [
        gauge(numbers, "Bounce rate", "bounce_rate", bounced),
        gauge(numbers, "Complaint rate", "complaint_rate", complained),
        Gauge("Hard bounces", count(hard), "the address is dead", formula="no such mailbox or domain"),
        Gauge("Soft bounces", count(soft), "the address may live", formula="full, blocked, broken, …"),
        Gauge("Suppressed addresses", f"{suppressed:,}+" if suppressed >= 10_000 else count(suppressed), "get no more mail", formula="now"),
    ]
