"""Variants as the API, the clients and the command line tell of them."""

from typing import Any

from little_bell.domain.experiments import Comparison
from little_bell.domain.intervals import Interval
from little_bell.domain.metrics import COUNTS, RATES, rate
from little_bell.queries.variants import Experiment

#: Two that are compared have a one in twenty chance to differ by accident; of many pairs one soon does.
MANY = "With several variants some differences show by chance: believe those that are far from 0, and test the best two again."


def experiment_shape(found: Experiment, measure: str, include: str) -> dict[str, Any]:
    """Variants with their counts and rates (percent), the comparisons with the best, and what to think of it."""
    rows = [
        {
            "variant": row.variant,
            **{name: row.counts[name] for name in COUNTS},
            **{name: rate(row.counts[over], row.counts[under]) for name, (over, under) in RATES.items()},
            "judged_by": _percent(row.rate) if row.rate else None,
        }
        for row in found.rows
    ]
    comparisons = [comparison_shape(one) for one in found.comparisons]
    note = MANY if len(comparisons) > 1 else None
    return {"by": measure, "include": include, "variants": rows, "comparisons": comparisons, "verdict": found.verdict, "note": note}


def comparison_shape(one: Comparison) -> dict[str, Any]:
    """The difference in points of percent; `needs` messages more of each for it to show, null where there is none."""
    return {
        "variant": one.name,
        "against": one.against,
        "difference": _percent(one.difference),
        "probability": round(one.probability, 4),
        "is_clear": one.is_clear,
        "needs": one.needs,
    }


def _percent(interval: Interval) -> dict[str, float]:
    return {"value": round(100 * interval.value, 2), "low": round(100 * interval.low, 2), "high": round(100 * interval.high, 2)}
