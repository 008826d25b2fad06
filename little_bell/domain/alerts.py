"""When a number is worth waking somebody for, and when it is good again. Pure: what stands is judged from facts and rules alone.

Every alert is raised at its limit and resolved some way below it (RELIEF), so that a number that hovers at the limit doesn't flap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from math import sqrt
from statistics import median

from little_bell.domain.errors import Invalid, NotFound


class Kind(StrEnum):
    """What can be wrong."""

    BOUNCES = "bounce_rate"  # too many of a campaign's messages of the last week failed for good
    COMPLAINTS = "complaint_rate"  # too many of their readers called it spam
    NO_OPENS = "no_opens"  # nobody, not even a machine, opened any of a large send: the pixel may be missing
    SILENCE = "silent_webhooks"  # a provider that reported before reports nothing while mail goes out
    FALL = "open_rate_fall"  # far fewer people open than opened the campaigns before, at the same age


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold. `limit` is in percent or hours (UNITS), `least` how many messages there must be to say anything."""

    is_on: bool
    limit: float
    least: int


#: Bounces and complaints as domain.metrics.THRESHOLDS; the others as they are asked for in the trade.
DEFAULTS: dict[Kind, Rule] = {
    Kind.BOUNCES: Rule(True, 2.0, 100),
    Kind.COMPLAINTS: Rule(True, 0.1, 500),
    Kind.NO_OPENS: Rule(True, 1.0, 1_000),
    Kind.SILENCE: Rule(True, 6.0, 50),
    Kind.FALL: Rule(True, 40.0, 200),
}
TITLES: dict[Kind, str] = {
    Kind.BOUNCES: "Bounce rate",
    Kind.COMPLAINTS: "Complaint rate",
    Kind.NO_OPENS: "No opens",
    Kind.SILENCE: "Silent webhooks",
    Kind.FALL: "Fall of the open rate",
}
#: What a limit means, to be read behind the number.
UNITS: dict[Kind, str] = {
    Kind.BOUNCES: "% of the messages sent in the last 7 days",
    Kind.COMPLAINTS: "% of the messages delivered in the last 7 days",
    Kind.NO_OPENS: "hours after the send",
    Kind.SILENCE: "hours without a webhook",
    Kind.FALL: "% below the median of the campaigns before",
}
#: The greatest limit that means anything.
MOST_LIMIT: dict[Kind, float] = {
    Kind.BOUNCES: 100.0,
    Kind.COMPLAINTS: 100.0,
    Kind.NO_OPENS: 72.0,
    Kind.SILENCE: 96.0,
    Kind.FALL: 95.0,
}

#: A campaign is looked at while it sent something within this time; an alert on one that didn't is over.
WINDOW = timedelta(days=7)
#: The share of the limit at which an alert is resolved.
RELIEF = 0.8
#: One bounce or complaint alone says nothing of a campaign.
LEAST_EVENTS = 2
#: A campaign is compared at these ages, counted from its first message.
AGES = (timedelta(hours=6), timedelta(hours=24))
#: Compared with so many campaigns before it, and not at all with fewer.
MOST_BEFORE, LEAST_BEFORE = 12, 5
#: A campaign has an age only if nearly all of it went out by then.
LEAST_SHARE = 0.9
#: How far below the median a fall is no chance any more, in standard deviations (of the campaigns before, or of counting).
DEVIATIONS = 3.0
#: A median absolute deviation times this is a standard deviation of normal values.
MAD_SCALE = 1.4826


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; `value` is percent."""

    over: int
    under: int

    @property
    def value(self) -> float:
        return round(100 * self.over / self.under, 2) if self.under else 0.0


@dataclass(frozen=True, slots=True)
class Usual:
    """What the tenant's campaigns before had at the same age: the median in percent, and how far they lie apart."""

    median: float
    spread: float
    campaigns: int


def stands_rate(share: Share, rule: Rule, is_open: bool) -> bool:
    """Whether a campaign's bounces or complaints are an alert. With nothing sent any more, none is."""
    if is_open:
        return share.under > 0 and share.value > rule.limit * RELIEF
    return share.under >= rule.least and share.over >= LEAST_EVENTS and share.value > rule.limit


def stands_no_opens(sent: int, opened: int, rule: Rule, is_open: bool) -> bool:
    """Whether it is one that nobody opened any of the messages that were sent longer ago than the limit."""
    return opened == 0 and sent >= (1 if is_open else rule.least)


def stands_silence(silent: timedelta, sent_since: int, rule: Rule, is_open: bool) -> bool:
    """Whether it is one that a provider has been silent for this long while so many messages went out."""
    if not timedelta(hours=rule.limit) <= silent <= WINDOW:
        return False
    return is_open or sent_since >= rule.least


def usual_of(before: Sequence[float]) -> Usual | None:
    """The median of campaigns' rates (percent) and their spread, robust against single odd ones; None for too few to say."""
    if len(before) < LEAST_BEFORE:
        return None
    middle = median(before)
    return Usual(round(middle, 2), MAD_SCALE * median(abs(value - middle) for value in before), len(before))


def stands_fall(share: Share, usual: Usual | None, rule: Rule, is_open: bool) -> bool:
    """Whether a campaign lies so far below what is usual: by the limit in percent, and by more than chance."""
    if usual is None or share.under == 0 or usual.median <= 0:
        return False
    fall = 100 * (1 - share.value / usual.median)
    if is_open:
        return fall > rule.limit * RELIEF
    chance = 100 * sqrt(usual.median / 100 / share.under)  # counting so few has this deviation by itself
    return share.under >= rule.least and fall > rule.limit and usual.median - share.value > DEVIATIONS * max(usual.spread, chance)


def rules_of(changed: dict[str, Rule]) -> dict[Kind, Rule]:
    """All rules of a tenant that changed these."""
    return {kind: changed.get(kind, rule) for kind, rule in DEFAULTS.items()}


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises NotFound."""
    try:
        return Kind(name)
    except ValueError:
        raise NotFound(f"there is no kind of alert {name[:40]!r}; there are {', '.join(Kind)}", "kind") from None


def changed_rule(kind: Kind, rule: Rule, is_on: bool | None, limit: float | None, least: int | None) -> Rule:
    """The rule with what isn't None changed. Raises Invalid for a limit beyond MOST_LIMIT."""
    wanted = replace(
        rule,
        is_on=rule.is_on if is_on is None else is_on,
        limit=rule.limit if limit is None else limit,
        least=rule.least if least is None else least,
    )
    if wanted.limit > MOST_LIMIT[kind]:
        raise Invalid(f"the limit of {kind} can be {MOST_LIMIT[kind]:g} at most", "limit")
    return wanted


def words(kind: Kind, facts: dict[str, float]) -> str:
    """What is wrong, in a sentence for people; `facts` as the watch wrote them down."""
    match kind:
        case Kind.BOUNCES:
            said = f"{facts['over']:,.0f} of {facts['under']:,.0f} messages"
            return f"{said} bounced: {facts['value']:g} %; the limit is {facts['limit']:g} %."
        case Kind.COMPLAINTS:
            said = f"{facts['over']:,.0f} of {facts['under']:,.0f} readers"
            return f"{said} called it spam: {facts['value']:g} %; the limit is {facts['limit']:g} %."
        case Kind.NO_OPENS:
            said = f"Nobody opened any of {facts['under']:,.0f} messages, {facts['limit']:g} h or longer after they were sent."
            return f"{said} Is the pixel in the mail?"
        case Kind.SILENCE:
            sent = f"{facts['under']:,.0f} messages went out meanwhile"
            return f"No webhook for {facts['value']:g} hours, though {sent}; the limit is {facts['limit']:g} hours."
        case Kind.FALL:
            usual = f"your last {facts['campaigns']:.0f} campaigns had {facts['usual']:g} (their median)"
            return f"{facts['value']:g} human opens for 100 delivered in its first {facts['hours']:.0f} hours; {usual} at that age."
