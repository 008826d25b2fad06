"""A campaign's variants side by side: which is better, and how sure that is."""

from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.domain.experiments import Comparison
from little_bell.domain.intervals import Interval
from little_bell.domain.metrics import rate
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.variants import MEASURES, Experiment, VariantRow, variants
from little_bell.ui import checked
from little_bell.ui.filters import BY as WHOSE
from little_bell.ui.pinning import pinned_as, set_in_address
from little_bell.ui.session import SignIn, member
from little_bell.ui.watched import Watched
from little_bell.ui.words import count, percent

BY = {"click": "Clicks", "open": "Opens"}
#: Two that are compared differ by accident once in twenty times; of many pairs one soon does.
MANY = "With several variants some differences show by chance: test the best two again."


@dataclass(frozen=True, slots=True)
class VariantLine:
    """`left` and `width` place its interval on a scale that all share, `at` its rate; CSS percentages."""

    name: str
    rate: str
    beside: str
    between: str
    left: str
    width: str
    at: str


@dataclass(frozen=True, slots=True)
class View:
    """What the card shows of a campaign at one moment."""

    lines: list[VariantLine]
    verdict: str
    chances: list[str]
    note: str


def view(connection: Connection, who: SignIn, campaign_id: int, set_name: str, by: str, include: str) -> View:
    """The campaign's variants. Raises NotFound."""
    human = include == "people"
    with pinned_as(connection, who, set_name):
        get_campaign(connection, who.tenant_id, campaign_id)
        found = variants(connection, who.tenant_id, campaign_id, by, human)
    note = MANY if len(found.comparisons) > 1 else ""
    return View(_lines(found, by, human), found.verdict, [_chance(one) for one in found.comparisons], note)


class Variants(Watched, rx.State):
    lines: list[VariantLine] = []
    verdict: str = ""
    chances: list[str] = []
    note: str = ""
    by: str = "click"
    include: str = "people"
    shown_id: int = 0
    _set: str = ""
    _view = staticmethod(view)

    @rx.event
    async def load(self):
        await member(self)
        self.lines, self.shown_id, self._set = [], 0, set_in_address(self)
        try:
            self.shown_id = checked.identifier(self.campaign_id, "campaign")
            await self._load()
        except NotFound:  # the page itself says so
            self.shown_id = 0
        return Variants.watch

    @rx.event
    async def choose(self, by: str):
        self.by = checked.one_of(by, "by", BY)
        await self._again()

    @rx.event
    async def choose_include(self, include: str):
        self.include = checked.one_of(include, "include", WHOSE)
        await self._again()

    async def _again(self) -> None:
        await member(self)
        if self.shown_id:
            await self._load()

    def _wanted(self) -> tuple[int, str, str, str] | None:
        return (self.shown_id, self._set, self.by, self.include) if self.shown_id else None

    def _campaign(self) -> int:
        return self.shown_id

    def _show(self, fresh: View) -> None:
        self.lines, self.verdict, self.chances, self.note = fresh.lines, fresh.verdict, fresh.chances, fresh.note
        self.is_loading = False


def _lines(found: Experiment, by: str, human: bool) -> list[VariantLine]:
    end = max((row.rate.high for row in found.rows if row.rate), default=1.0)
    return [_line(row, by, human, end) for row in found.rows]


def _line(row: VariantRow, by: str, human: bool, end: float) -> VariantLine:
    people, everybody, name = MEASURES[by]
    counted, other, beside = (people, everybody, "with machines") if human else (everybody, people, "by people")
    delivered, share = row.counts["delivered"], row.rate or Interval(0, 0, 0)
    return VariantLine(
        row.variant,
        percent(rate(row.counts[counted], delivered)),
        f"{count(row.counts[counted])} of {count(delivered)} delivered · {percent(rate(row.counts[other], delivered))} {beside}",
        f"95 % of its {name} between {100 * share.low:.1f} and {100 * share.high:.1f} %" if delivered else "",
        f"{100 * share.low / end:.1f}%",
        f"{100 * (share.high - share.low) / end:.1f}%",
        f"{100 * share.value / end:.1f}%",
    )


def _chance(one: Comparison) -> str:
    sure = f"{100 * one.probability:.1f}" if one.probability < 0.9995 else "more than 99.9"
    return f"{one.name} beats {one.against} with a probability of {sure} %."
