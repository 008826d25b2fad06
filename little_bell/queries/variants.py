"""A campaign's variants side by side, from their sums."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.experiments import Arm, Comparison, against_best, verdict
from little_bell.domain.intervals import Interval, wilson
from little_bell.domain.metrics import COUNTS
from little_bell.models.tables import variant_stats

#: What variants are judged by: its count for people and for all, and its name. Each is divided by delivered.
MEASURES = {
    "click": ("human_clicked", "clicked", "click rate"),
    "open": ("human_opened", "opened", "open rate"),
}
#: More than this is no experiment; the most delivered are shown.
MOST = 20


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A variant with its counts (metrics.COUNTS) and what it is judged by: `rate`, None where nothing was delivered."""

    variant: str
    counts: dict[str, int]
    rate: Interval | None


@dataclass(frozen=True, slots=True)
class Experiment:
    """All variants, the best compared with each of the others, and what to think of it."""

    rows: list[VariantRow]
    comparisons: list[Comparison]
    verdict: str


def variants(connection: Connection, tenant_id: int, campaign_id: int, measure: str = "click", human: bool = True) -> Experiment:
    """The variants by name, judged by a measure."""
    table = variant_stats.c
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id, table.sent > 0)
    columns = (table.variant, *(table[name] for name in COUNTS))
    found = connection.execute(select(*columns).where(*mine).order_by(table.delivered.desc(), table.variant).limit(MOST)).all()
    people, everybody, name = MEASURES[measure]
    counted = people if human else everybody
    rows = []
    for variant, *counts in sorted(found, key=lambda row: row.variant):
        numbers = dict(zip(COUNTS, counts, strict=True))
        rows.append(VariantRow(variant, numbers, wilson(numbers[counted], numbers["delivered"])))
    arms = [Arm(row.variant, row.counts[counted], row.counts["delivered"]) for row in rows]
    comparisons = against_best(arms)
    return Experiment(rows, comparisons, verdict(arms, comparisons, name))
