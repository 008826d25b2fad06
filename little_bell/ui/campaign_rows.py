"""What a campaign's page shows of its readers: small frozen rows of text, and points of its curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from little_bell.domain.metrics import open_rate_interval
from little_bell.queries.analytics import HeatCell, LinkPosition, MailboxRow, SendCurve, TraitRow
from little_bell.queries.links import LinkRow
from little_bell.ui.figures import Metrics
from little_bell.ui.words import NOTHING, count, length, percent, things

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: The curves end with the first point of at least this share of what came at all.
ENOUGH = 0.999


@dataclass(frozen=True, slots=True)
class HeatLine:
    """An hour of the week; `colour` is the fuller, the more people opened, in CSS."""

    title: str
    colour: str


@dataclass(frozen=True, slots=True)
class Heat:
    """A week, Monday first, by the hour; `best` says in words when most was opened."""

    cells: list[HeatLine]
    best: str = ""


@dataclass(frozen=True, slots=True)
class BarLine:
    """A name, what people did and what all did; a bar of people's, `width`, and of machines' behind it, `pale`, in CSS."""

    name: str
    people: str
    all: str
    share: str
    width: str
    pale: str


@dataclass(frozen=True, slots=True)
class MailboxLine:
    mailbox: str
    delivered: str
    opened: str
    clicked: str
    bounced: str
    opened_by_all: str
    clicked_by_all: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link with its clicks; `share` is what part of all people's clicks it got, `place` where in the mail it stands."""

    href: str
    url: str
    place: str
    people: str
    clicks: str
    unique: str
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which bounds the open rate lies; `left` and `span` place it on a scale to 100 %, in CSS."""

    lower: str = NOTHING
    estimate: str = NOTHING
    upper: str = NOTHING
    how: str = ""
    left: str = "0%"
    span: str = "0%"
    mark: str = "0%"


def bounds(numbers: Metrics) -> Bounds:
    """What can be known of the open rate."""
    found = open_rate_interval(numbers)
    low, high = found.lower or 0, found.upper or 0
    words = (percent(rate) for rate in (found.lower, found.estimate, found.upper))
    return Bounds(*words, found.how, f"{low}%", f"{high - low:.2f}%", f"{found.estimate or 0}%")


def curve_points(curve: SendCurve, delivered: int) -> list[dict[str, str | float]]:
    """How many percent of those delivered had opened and clicked by then; what comes after the last is left out."""
    points: list[dict[str, str | float]] = []
    last = curve.points[-1] if curve.points else None
    if last is None or not delivered or not last.opened:
        return points
    for point in curve.points:
        shares = {name: round(100 * getattr(point, name) / delivered, 2) for name in ("human_opened", "opened", "human_clicked", "clicked")}
        points.append({"label": length(point.since), **shares})
        if point.opened >= ENOUGH * last.opened and point.clicked >= ENOUGH * last.clicked:
            break
    return points


def medians(curve: SendCurve) -> str:
    """How long it took half of those who did."""
    told = [(curve.median_human_open, curve.median_open, "opened"), (curve.median_human_click, curve.median_click, "clicked")]
    words = (
        f"half of those who {did} had by {length(people)}{_by_all(everybody)}" for people, everybody, did in told if people is not None
    )
    return " · ".join(words).capitalize()


def _by_all(seconds: int | None) -> str:
    return "" if seconds is None else f" (with machines {length(seconds)})"


def heat(cells: Sequence[HeatCell]) -> Heat:
    """The week; by what people opened."""
    most = max((cell.human_opens for cell in cells), default=0)
    if not most:
        return Heat([])
    best = max(cells, key=lambda cell: cell.human_opens)
    lines = [
        HeatLine(
            f"{DAYS[cell.weekday]} {cell.hour:02}:00 – {things(cell.human_opens, 'open', 'opens')} and "
            f"{things(cell.human_clicks, 'click', 'clicks')} by people, {count(cell.opens)} and {count(cell.clicks)} with machines",
            # By the root: else one hour outshines the week.
            f"color-mix(in srgb, var(--series-opens) {100 * sqrt(cell.human_opens / most):.0f}%, var(--quiet-soft))",
        )
        for cell in cells
    ]
    return Heat(lines, f"Most was opened on {DAYS[best.weekday]} between {best.hour:02}:00 and {(best.hour + 1) % 24:02}:00.")


def trait_lines(rows: Sequence[TraitRow]) -> list[BarLine]:
    """Clients, systems, devices or countries, by opens; those that were only clicked with are left out."""
    most = max((row.opens for row in rows), default=0) or 1
    total = sum(row.human_opens for row in rows)
    return [
        BarLine(
            row.value,
            count(row.human_opens),
            count(row.opens),
            percent(100 * row.human_opens / total if total else None),
            f"{100 * row.human_opens / most:.0f}%",
            f"{100 * (row.opens - row.human_opens) / most:.0f}%",
        )
        for row in rows
        if row.opens
    ]


def mailbox_lines(rows: Sequence[MailboxRow]) -> list[MailboxLine]:
    """How each provider's readers took it; rates are those of people, and those of all."""
    names = ("human_open_rate", "human_click_rate", "bounce_rate", "open_rate", "click_rate")
    return [MailboxLine(row.mailbox, count(row.metrics["delivered"]), *(percent(row.metrics[name]) for name in names)) for row in rows]


def link_lines(rows: Sequence[LinkRow], positions: Sequence[LinkPosition], campaign_id: int) -> list[LinkLine]:
    """The links, the most clicked first, each with the places in the mail where it stands."""
    total, most = sum(row.human_clicks for row in rows), max((row.clicks for row in rows), default=0) or 1
    places: dict[int, list[LinkPosition]] = {}
    for one in positions:
        if one.position is not None:
            places.setdefault(one.link_id, []).append(one)
    return [
        LinkLine(
            f"/campaigns/{campaign_id}?tab=messages&link={row.id}",
            row.url,
            _places(places.get(row.id, [])),
            count(row.unique_human_clicks),
            count(row.clicks),
            count(row.unique_clicks),
            percent(100 * row.human_clicks / total if total else None),
            f"{100 * row.clicks / most:.0f}%",
        )
        for row in rows
    ]


def _places(found: Sequence[LinkPosition]) -> str:
    """Which link of the mail it is; of a link that stands there more than once, with the clicks by people of each place."""
    if len(found) < 2:
        return "".join(f"Link {one.position} of the mail" for one in found)
    return "Links " + ", ".join(f"{one.position} ({things(one.human_clicks, 'click', 'clicks')})" for one in found) + " of the mail"
