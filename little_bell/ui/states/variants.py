"""A campaign's variants side by side: which is better, and how sure that is."""

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.domain.errors import NotFound
from little_bell.domain.experiments import Comparison
from little_bell.domain.metrics import rate
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.variants import MEASURES, Experiment, VariantRow, variants
from little_bell.ui import checked
from little_bell.ui.filters import BY as WHOSE
from little_bell.ui.live import changes, watcher
from little_bell.ui.pinning import pinned_as, set_in_address
from little_bell.ui.session import SignIn, member, read
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


class Variants(rx.State):
    lines: list[VariantLine] = []
    verdict: str = ""
    chances: list[str] = []
    note: str = ""
    by: str = "click"
    include: str = "people"
    _set: str = ""
    _shown_id: int = 0
    _seen: int = 0

    @rx.event
    async def load(self):
        self.lines, self._shown_id, self._set = [], 0, set_in_address(self)
        with suppress(NotFound):  # the page itself says so
            await self._load()
        return Variants.watch

    @rx.event
    async def choose(self, by: str):
        self.by = checked.one_of(by, "by", BY)
        await self._load()

    @rx.event
    async def choose_include(self, include: str):
        self.include = checked.one_of(include, "include", WHOSE)
        await self._load()

    @rx.event(background=True)
    async def watch(self):
        who, campaign_id = await member(self), self._shown_id
        if not campaign_id:
            return
        async for version in changes(self, self._seen, who.tenant_id, campaign_id):
            who = await member(self)
            async with self:
                asked = (self._set, self.by, self.include)
            key = ("variants", who.tenant_id, campaign_id, *asked)
            fresh = await watcher.shared(version, key, lambda who=who, asked=asked: read(view, who, campaign_id, *asked))
            async with self:
                if (self._shown_id, self._set, self.by, self.include) == (campaign_id, *asked):
                    self._show(fresh)

    async def _load(self) -> None:
        who = await member(self)
        campaign_id = checked.identifier(self.campaign_id, "campaign")
        self._seen = watcher.version(who.tenant_id, campaign_id)
        self._show(await read(view, who, campaign_id, self._set, self.by, self.include))
        self._shown_id = campaign_id

    def _show(self, fresh: View) -> None:
        self.lines, self.verdict, self.chances, self.note = fresh.lines, fresh.verdict, fresh.chances, fresh.note


def view(connection: Connection, who: SignIn, campaign_id: int, set_name: str, by: str, include: str) -> View:
    """The campaign's variants. Raises NotFound."""
    human = include == "people"
    with pinned_as(connection, who, set_name):
        get_campaign(connection, who.tenant_id, campaign_id)
        found = variants(connection, who.tenant_id, campaign_id, by, human)
    note = MANY if len(found.comparisons) > 1 else ""
    return View(_lines(found, by, human), found.verdict, [_chance(one) for one in found.comparisons], note)


def _lines(found: Experiment, by: str, human: bool) -> list[VariantLine]:
    end = max((row.rate.high for row in found.rows if row.counts["delivered"]), default=1.0) or 1.0
    return [_line(row, by, human, end) for row in found.rows]


def _line(row: VariantRow, by: str, human: bool, end: float) -> VariantLine:
    people, everybody, name = MEASURES[by]
    counted, other, beside = (people, everybody, "with machines") if human else (everybody, people, "by people")
    delivered, low, high = row.counts["delivered"], row.rate.low, min(row.rate.high, end)
    return VariantLine(
        row.variant,
        percent(rate(row.counts[counted], delivered)),
        f"{count(row.counts[counted])} of {count(delivered)} delivered · {percent(rate(row.counts[other], delivered))} {beside}",
        f"95 % of its {name} between {100 * low:.1f} and {100 * high:.1f} %" if delivered else "",
        f"{100 * low / end:.1f}%",
        f"{100 * (high - low) / end:.1f}%",
        f"{100 * row.rate.value / end:.1f}%",
    )


def _chance(one: Comparison) -> str:
    sure = f"{100 * one.probability:.1f}" if one.probability < 0.9995 else "more than 99.9"
    return f"{one.name} beats {one.against} with a probability of {sure} %."
