"""The one definition of every number: what is counted, and what is divided by what."""

from collections.abc import Mapping

#: Sums over messages and events kept for a campaign, in the order of the rollup tables.
COUNTS = (
    "sent",
    "delivered",
    "opened",
    "human_opened",
    "clicked",
    "human_clicked",
    "bounced",
    "complained",
    "unsubscribed",
    "rejected",
    "opens",
    "human_opens",
    "clicks",
    "human_clicks",
    "unique_clicks",
)

#: Each rate: (numerator, denominator). Printed beside the number.
RATES = {
    "open_rate": ("opened", "delivered"),
    "human_open_rate": ("human_opened", "delivered"),
    "click_rate": ("clicked", "delivered"),
    "human_click_rate": ("human_clicked", "delivered"),
    "click_to_open_rate": ("clicked", "opened"),
    "human_click_to_open_rate": ("human_clicked", "human_opened"),
    "bounce_rate": ("bounced", "sent"),
    "complaint_rate": ("complained", "delivered"),
    "unsubscribe_rate": ("unsubscribed", "delivered"),
}

#: Percent above which mailbox providers take a sender for a nuisance. Complaints: Gmail and Yahoo ask bulk senders to stay below
#: 0.1 % and act at 0.3 %. Bounces: 2 % is where the trade begins to worry; Amazon SES reviews an account at 5 %.
THRESHOLDS = {"bounce_rate": 2.0, "complaint_rate": 0.1}


def rate(numerator: int, denominator: int) -> float | None:
    """Percent, rounded to 2 decimals; None where there is nothing to divide by."""
    return round(100 * numerator / denominator, 2) if denominator else None


def metrics(total: int, counts: Mapping[str, int], suppressed: int = 0) -> dict[str, int | float | None]:
    """Counts of a campaign (or any sum of them) with `total`, `queued` and every rate in percent.

    `suppressed` messages went to addresses that get no mail; they are in no other number.
    """
    numbers: dict[str, int | float | None] = {"total": total, "queued": total - counts["sent"] - counts["rejected"]}
    numbers |= {name: counts[name] for name in COUNTS} | {"suppressed": suppressed}
    numbers |= {name: rate(counts[over], counts[under]) for name, (over, under) in RATES.items()}
    return numbers


def formula(name: str) -> str:
    """A rate in words, e.g. "opened ÷ delivered"."""
    over, under = RATES[name]
    return f"{over.replace('_', ' ')} ÷ {under.replace('_', ' ')}"
