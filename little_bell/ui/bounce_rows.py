"""What the page on bounces shows: small frozen rows of text."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from little_bell.domain.bounces.meanings import provider_of
from little_bell.queries.bounce_breakdown import Breakdown
from little_bell.queries.bounces import BounceRow
from little_bell.queries.series import SeriesRow
from little_bell.ui import routes
from little_bell.ui.bounce_filters import BounceFilters
from little_bell.ui.words import NOTHING, addressee, count, moment


@dataclass(frozen=True, slots=True)
class BounceLine:
    href: str
    recipient: str
    kind: str
    category: str
    reason: str
    when: str


@dataclass(frozen=True, slots=True)
class RankLine:
    """`width` and `pale` are CSS percentages: of what is hard, and of what isn't."""

    href: str
    name: str
    note: str
    count: str
    width: str
    pale: str


def bounce_line(row: BounceRow, zone: ZoneInfo) -> BounceLine:
    """A bounce as it was reported."""
    kind = "hard" if row.is_hard else "soft"
    return BounceLine(
        f"/bounces/{row.id}",
        addressee(row.recipient_email),
        kind,
        words(row.category),
        row.reason or NOTHING,
        moment(row.occurred_at, zone),
    )


def words(category: str) -> str:
    """A word of the vocabulary for people."""
    return category.replace("_", " ")


def category_lines(found: Breakdown, now: BounceFilters) -> list[RankLine]:
    """Why, the most frequent first."""
    most = max((n for *_, n in found.categories), default=1)
    lines = []
    for category, is_hard, n in found.categories:
        kind = "hard" if is_hard else "soft"
        counts = (n, 0) if is_hard else (0, n)
        lines.append(_line(now.with_(reason=category, kind=kind), words(category), kind, *counts, most))
    return lines


def domain_lines(found: Breakdown, now: BounceFilters) -> list[RankLine]:
    """At whose mailboxes."""
    most = max((hard + soft for _, hard, soft in found.domains), default=1)
    return [_line(now.with_(domain=domain), domain, provider_of(domain), hard, soft, most) for domain, hard, soft in found.domains]


def campaign_lines(found: Breakdown, now: BounceFilters) -> list[RankLine]:
    """In which campaigns."""
    most = max((n for *_, n in found.campaigns), default=1)
    return [_line(now.with_(campaign=str(id_)), name, "", n, 0, most) for id_, name, n in found.campaigns]


def _line(filters: BounceFilters, name: str, note: str, hard: int, soft: int, most: int) -> RankLine:
    return RankLine(filters.href(routes.BOUNCES), name, note, count(hard + soft), f"{100 * hard / most:.1f}%", f"{100 * soft / most:.1f}%")


def trend_point(row: SeriesRow) -> dict[str, str | int]:
    """A day of the chart."""
    return {"label": f"{row.at.day} {row.at:%b}", "bounces": row.bounces, "complaints": row.complaints}
