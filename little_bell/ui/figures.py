"""The numbers that lead a page: what people did first, what all did beside it, the formula below."""

from collections.abc import Mapping
from dataclasses import dataclass

from little_bell.domain.metrics import RATES, formula, rate
from little_bell.ui.words import count, percent, things

Metrics = Mapping[str, int | float | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; `dot` is its colour in the charts."""

    name: str
    value: str
    beside: str
    formula: str
    dot: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the funnel; `width` is a CSS percentage of the messages registered."""

    name: str
    value: str
    share: str
    width: str
    tone: str


def figures(numbers: Metrics) -> list[Figure]:
    """The six figures of a campaign or a period."""
    return [
        Figure("Sent", count(numbers["sent"]), f"of {things(numbers['total'], 'message', 'messages')}", "handed to a mail server"),
        Figure(
            "Delivered", count(numbers["delivered"]), f"{percent(_share(numbers, 'delivered', 'sent'))} of sent", "sent − finally failed"
        ),
        _rate(numbers, "Open rate", "open_rate", "opens"),
        _rate(numbers, "Click rate", "click_rate", "clicks"),
        _rate(numbers, "Click-to-open", "click_to_open_rate", ""),
        Figure(
            "Bounce rate",
            percent(numbers["bounce_rate"]),
            f"{things(numbers['bounced'], 'message', 'messages')} bounced",
            formula("bounce_rate"),
            "bounces",
        ),
    ]


def funnel(numbers: Metrics) -> list[Step]:
    """How far the messages came, each stage as a share of all that were registered."""
    stages = [
        ("Sent", "sent", "plain"),
        ("Delivered", "delivered", "plain"),
        ("Opened", "human_opened", "opens"),
        ("Clicked", "human_clicked", "clicks"),
        ("Bounced", "bounced", "bounces"),
    ]
    return [_step(name, numbers, field, tone) for name, field, tone in stages]


def _step(name: str, numbers: Metrics, field: str, tone: str) -> Step:
    share = _share(numbers, field, "total")
    return Step(name, count(numbers[field]), percent(share), f"{share or 0}%", tone)


def _rate(numbers: Metrics, name: str, field: str, dot: str) -> Figure:
    people = f"human_{field}"
    number = numbers[RATES[people][0]]
    beside = f"{things(number, 'person', 'people')} · {percent(numbers[field])} with machines"
    return Figure(name, percent(numbers[people]), beside, formula(people), dot)


def _share(numbers: Metrics, over: str, under: str) -> float | None:
    return rate(int(numbers[over] or 0), int(numbers[under] or 0))
