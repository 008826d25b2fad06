"""The numbers that lead a page: what people did first, what all did beside it, the formula below."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from little_bell.domain.metrics import RATES, formula, rate
from little_bell.ui.definitions import policy
from little_bell.ui.words import count, percent, things

Metrics = Mapping[str, int | float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; `dot` is its colour in the charts, `change` how it differs from the period before."""

    name: str
    value: str
    beside: str
    formula: str
    dot: str = ""
    change: str = ""
    tone: str = ""  # good or bad; empty where neither can be said
    about: str = ""  # by which policy it is counted
    field: str = ""  # its name in domain.metrics


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the funnel; `width` is a CSS percentage of the messages registered."""

    name: str
    value: str
    share: str
    width: str
    tone: str


def figures(numbers: Metrics, before: Metrics | None = None) -> list[Figure]:
    """The six figures of a campaign or a period; with the numbers of the period `before`, how they changed."""
    bounced = f"{things(numbers['bounced'], 'message', 'messages')} bounced"
    registered = f"of {things(numbers['total'], 'message', 'messages')}"
    if numbers["suppressed"]:
        registered += f", {count(numbers['suppressed'])} more suppressed"
    rows = [
        (
            "sent",
            Figure("Sent", count(numbers["sent"]), registered, "handed to a mail server"),
        ),
        ("delivered", Figure("Delivered", count(numbers["delivered"]), f"{_share_of_sent(numbers)} of sent", "sent − finally failed")),
        ("human_open_rate", _rate(numbers, "Open rate", "open_rate", "opens")),
        ("human_click_rate", _rate(numbers, "Click rate", "click_rate", "clicks")),
        ("human_click_to_open_rate", _rate(numbers, "Click-to-open", "click_to_open_rate", "")),
        ("bounce_rate", Figure("Bounce rate", percent(numbers["bounce_rate"]), bounced, formula("bounce_rate"), "bounces")),
    ]
    explained = ((field, replace(figure, about=policy(field), field=field)) for field, figure in rows)
    return [figure if before is None else _compared(figure, field, numbers, before) for field, figure in explained]


def _compared(figure: Figure, field: str, numbers: Metrics, before: Metrics) -> Figure:
    """Rates differ in points, counts in percent; where one of the two isn't known, nothing is said."""
    new, old = numbers[field], before[field]
    if new is None or old is None or (field not in RATES and not old):
        return figure
    by = new - old if field in RATES else 100 * (new - old) / old
    if abs(by) < 0.05:
        return replace(figure, change="unchanged")
    is_good = (by > 0) != (field == "bounce_rate")
    tone = ("good" if is_good else "bad") if field in RATES else ""
    return replace(figure, change=f"{by:+,.1f} {'points' if field in RATES else '%'}".replace("-", "−"), tone=tone)


def funnel(numbers: Metrics) -> list[Step]:
    """How far the messages came; bars are shares of all that were registered, percentages say what they are of."""
    stages = [
        ("Sent", "sent", "total", "of all", "plain"),
        ("Delivered", "delivered", "sent", "of sent", "plain"),
        ("Opened", "human_opened", "delivered", "of delivered", "opens"),
        ("Clicked", "human_clicked", "delivered", "of delivered", "clicks"),
        ("Bounced", "bounced", "sent", "of sent", "bounces"),
    ]
    return [_step(numbers, *stage) for stage in stages]


def _step(numbers: Metrics, name: str, field: str, under: str, words: str, tone: str) -> Step:
    share = f"{percent(_share(numbers, field, under))} {words}"
    return Step(name, count(numbers[field]), share, f"{_share(numbers, field, 'total') or 0}%", tone)


def _rate(numbers: Metrics, name: str, field: str, dot: str) -> Figure:
    people = f"human_{field}"
    number = numbers[RATES[people][0]]
    beside = f"{things(number, 'person', 'people')} · {percent(numbers[field])} with machines"
    return Figure(name, percent(numbers[people]), beside, formula(people), dot)


def _share_of_sent(numbers: Metrics) -> str:
    return percent(_share(numbers, "delivered", "sent"))


def _share(numbers: Metrics, over: str, under: str) -> float | None:
    return rate(int(numbers[over] or 0), int(numbers[under] or 0))
