"""The one definition of every number: what is counted, and what is divided by what."""

from collections.abc import Mapping
from dataclasses import dataclass

#: Sums over messages and events kept for a campaign, in the order of the rollup tables. `private_opened` are messages that Apple's Mail
#: Privacy Protection fetched, `private_human_opened` those of them that a person opened or clicked too.
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
    "private_opened",
    "private_human_opened",
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
    return numbers | rates(counts)


def rates(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Every rate of some counts in percent."""
    return {name: rate(counts[over], counts[under]) for name, (over, under) in RATES.items()}


def formula(name: str) -> str:
    """A rate in words, e.g. "opened ÷ delivered"."""
    over, under = RATES[name]
    return f"{over.replace('_', ' ')} ÷ {under.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class OpenRateInterval:
    """Between which bounds the share of people who opened lies, in percent; None where there is nothing to divide by.

    `how` says in words how the estimate was made.
    """

    lower: float | None
    estimate: float | None
    upper: float | None
    how: str


def open_rate_interval(counts: Mapping[str, int | float | None]) -> OpenRateInterval:
    """The open rate, as far as it can be known, from a campaign's counts.

    Lower: confirmed people (a human open or click) ÷ delivered. Upper: all opened ÷ delivered. Estimate: confirmed people ÷ delivered among
    the messages that Apple's Mail Privacy Protection did not fetch. What it fetched says nothing of its reader, opened or not, so those
    messages leave both numbers, clicked ones too: only Apple's readers who click would be left of them otherwise.
    """
    names = ("delivered", "opened", "human_opened", "private_opened", "private_human_opened")
    delivered, opened, human, private, private_human = (int(counts[name] or 0) for name in names)
    lower, upper = rate(human, delivered), rate(opened, delivered)
    estimate, how = rate(human - private_human, delivered - private), _how(delivered, private, human - private_human)
    if estimate is not None and lower is not None and upper is not None and not lower <= estimate <= upper:
        how += f" That would be {estimate} %, outside of the bounds: the nearer bound is given."
        estimate = min(max(estimate, lower), upper)
    return OpenRateInterval(lower, estimate, upper, how)


def _how(delivered: int, private: int, told: int) -> str:
    if not delivered:
        return "Nothing was delivered yet."
    if not private:
        return f"{told:,} opened by people ÷ {delivered:,} delivered: Apple's Mail Privacy Protection hid nobody."
    hidden = f"{private:,} of {delivered:,} delivered were fetched by Apple's Mail Privacy Protection, read or not, and are left out"
    if private == delivered:
        return f"{hidden}: of nobody is known more."
    return f"{told:,} opened by people ÷ {delivered - private:,} delivered whose client tells. {hidden}."
