"""A campaign's variants side by side: which is better, and how sure that is."""

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx

from little_bell.domain.errors import NotFound
from little_bell.domain.experiments import Comparison
from little_bell.domain.intervals import Interval
from little_bell.domain.metrics import rate
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.variants import MEASURES, Experiment, VariantRow, variants
from little_bell.ui import checked
from little_bell.ui.session import member, read
from little_bell.ui.words import count, percent

BY = {"click": "Clicks", "open": "Opens"}
INCLUDE = {"human": "People", "all": "All, machines too"}
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


class Variants(rx.State):
    lines: list[VariantLine] = []
    verdict: str = ""
    chances: list[str] = []
    note: str = ""
    by: str = "click"
    include: str = "human"

    @rx.event
    async def load(self):
        self.lines = []
        with suppress(NotFound):  # the page itself says so
            await self._load()

    @rx.event
    async def choose(self, by: str):
        self.by = checked.one_of(by, "by", BY)
        await self._load()

    @rx.event
    async def choose_include(self, include: str):
        self.include = checked.one_of(include, "include", INCLUDE)
        await self._load()

    async def _load(self) -> None:
        who = await member(self)
        campaign_id = checked.identifier(self.campaign_id, "campaign")
        await read(get_campaign, who.tenant_id, campaign_id)
        found = await read(variants, who.tenant_id, campaign_id, self.by, self.include == "human")
        self.lines = _lines(found, self.by, self.include == "human")
        self.verdict, self.chances = found.verdict, [_chance(one) for one in found.comparisons]
        self.note = MANY if len(found.comparisons) > 1 else ""


def _lines(found: Experiment, by: str, human: bool) -> list[VariantLine]:
    end = max((row.rate.high for row in found.rows if row.rate), default=1.0)
    return [_line(row, by, human, end) for row in found.rows]


def _line(row: VariantRow, by: str, human: bool, end: float) -> VariantLine:
    people, everybody, name = MEASURES[by]
    counted, other, beside = (people, everybody, "with machines") if human else (everybody, people, "people alone")
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
