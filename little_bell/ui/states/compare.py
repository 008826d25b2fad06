"""Two to five campaigns side by side: rates with how far off they may be, and curves that begin when each was sent."""

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.domain.intervals import wilson
from little_bell.domain.metrics import RATES, formula
from little_bell.queries.analytics import SendCurve, send_curve
from little_bell.queries.campaigns import CampaignRow, get_campaign
from little_bell.queries.series import zone_of
from little_bell.ui.address import Addressed
from little_bell.ui.campaign_list import FEWEST, CompareFilters
from little_bell.ui.pinning import PinLine, pinned_as, pinned_href
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.theme import CURVES
from little_bell.ui.words import NOTHING, count, day, length, percent

LETTERS = "abcde"
#: What is compared: its name, and the rate without `human_`.
COMPARED = (
    ("Open rate", "open_rate"),
    ("Click rate", "click_rate"),
    ("Click-to-open", "click_to_open_rate"),
    ("Bounce rate", "bounce_rate"),
    ("Unsubscribe rate", "unsubscribe_rate"),
    ("Complaint rate", "complaint_rate"),
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A campaign that is compared; `colour` and `dashes` are those of its curve."""

    letter: str
    colour: str
    dashes: str
    href: str
    name: str
    created: str
    sent: str
    delivered: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A campaign's rate; `beside` is the same of everybody, `left` and `span` place its interval on the row's scale, in CSS."""

    colour: str
    value: str
    interval: str
    beside: str
    left: str
    span: str
    mark: str


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate of each campaign."""

    name: str
    formula: str
    rates: list[Rate]


@dataclass(frozen=True, slots=True)
class View:
    """All that the page shows."""

    pin: PinLine
    contenders: list[Contender]
    rows: list[RateRow]
    points: list[dict[str, str | float]]


def view(connection: Connection, who: SignIn, asked: CompareFilters) -> View:
    """Those of the campaigns that are there and the tenant's."""
    found: list[CampaignRow] = []
    with pinned_as(connection, who, asked.set) as pin:
        for campaign_id in asked.campaigns:
            with suppress(NotFound):
                found.append(get_campaign(connection, who.tenant_id, campaign_id))
        curves = [send_curve(connection, who.tenant_id, row.id) for row in found]
    zone = zone_of(who.time_zone)
    contenders = [
        Contender(
            letter.upper(),
            *CURVES[letter][1:],
            pinned_href(f"/campaigns/{row.id}", asked.set),
            row.name,
            day(row.created_at, zone),
            count(row.metrics["sent"]),
            count(row.metrics["delivered"]),
        )
        for letter, row in zip(LETTERS, found, strict=False)
    ]
    rows = [rate_row(name, field, found, asked.by == "people") for name, field in COMPARED]
    return View(pin, contenders, rows, aligned(found, curves, ("human_" if asked.by == "people" else "") + asked.curve))


def rate_row(name: str, field: str, rows: list[CampaignRow], is_of_people: bool) -> RateRow:
    """One rate of all campaigns, on a scale that ends a little above the highest interval."""
    people = f"human_{field}"
    chosen, other = (people, field) if people in RATES else (field, "")
    if not is_of_people and other:
        chosen, other = other, chosen
    over, under = RATES[chosen]
    intervals = [wilson(int(row.metrics[over] or 0), int(row.metrics[under] or 0)) for row in rows]
    top = max((one.high for one in intervals if one), default=0) * 1.05 or 1
    words = "with machines" if is_of_people else "by people"
    rates = []
    for letter, row, one in zip(LETTERS, rows, intervals, strict=False):
        value = row.metrics[chosen]
        rates.append(
            Rate(
                CURVES[letter][1],
                percent(value),
                f"{100 * one.low:.1f} – {100 * one.high:.1f} %" if one else NOTHING,
                f"{percent(row.metrics[other])} {words}" if other else "",
                f"{100 * one.low / top:.2f}%" if one else "0%",
                f"{100 * (one.high - one.low) / top:.2f}%" if one else "0%",
                f"{(value or 0) / top:.2f}%",
            )
        )
    return RateRow(name, formula(chosen), rates)


def aligned(rows: list[CampaignRow], curves: list[SendCurve], name: str) -> list[dict[str, str | float]]:
    """What percent of each campaign's delivered mail had been opened or clicked so long after it was sent."""
    points: list[dict[str, str | float]] = []
    totals = [int(row.metrics["delivered"] or 0) for row in rows]
    finals = [getattr(curve.points[-1], name) if curve.points else 0 for curve in curves]
    if not any(finals):
        return points
    for place, since in enumerate(point.since for point in curves[0].points):
        values = [getattr(curve.points[place], name) if place < len(curve.points) else 0 for curve in curves]
        shares = {letter: round(100 * value / total, 2) for letter, value, total in zip(LETTERS, values, totals, strict=False) if total}
        points.append({"label": length(since), **shares})
        if all(value >= 0.999 * final for value, final in zip(values, finals, strict=True)):
            break
    return points


class Compare(Addressed, rx.State):
    asked: CompareFilters = CompareFilters()
    pin: PinLine = PinLine()
    is_loading: bool = True
    is_enough: bool = False
    contenders: list[Contender] = []
    rows: list[RateRow] = []
    points: list[dict[str, str | float]] = []

    @rx.event
    async def load(self):
        """The campaigns in the address."""
        who = await member(self)
        self._read_address()
        fresh = await read(view, who, self.asked)
        self.pin, self.contenders, self.rows, self.points = fresh.pin, fresh.contenders, fresh.rows, fresh.points
        self.is_enough, self.is_loading = len(fresh.contenders) >= FEWEST, False
