"""The filters of the page on bounces, as they stand in its address: whoever gets the address sees the same."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from little_bell.domain.bounces import Reason
from little_bell.domain.errors import BellError
from little_bell.queries.bounces import SORTS, BounceFilter
from little_bell.ui import checked, routes

DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "all": "All time"}
KINDS = {"": "Hard and soft", "hard": "Hard: address dead", "soft": "Soft: may live"}
REASONS = {"": "Every reason", **{str(reason): str(reason).replace("_", " ").capitalize() for reason in Reason}}
ORDERS = dict(zip(SORTS, ("Newest first", "Oldest first", "By recipient"), strict=True))
CHOICES: Mapping[str, Mapping[str, str]] = {"days": DAYS, "kind": KINDS, "reason": REASONS, "sort": ORDERS}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; "" means anything."""

    days: str = "30"
    kind: str = ""
    reason: str = ""
    domain: str = ""
    campaign: str = ""
    q: str = ""
    sort: str = "newest"

    @property
    def href(self) -> str:
        """The page's address with these filters; what is usual isn't named."""
        said = {name: value for name, value in asdict(self).items() if value != getattr(USUAL, name)}
        return routes.BOUNCES + (f"?{urlencode(said)}" if said else "")

    def with_(self, **changes: str) -> "Filters":
        """The same with these changes."""
        return replace(self, **changes)

    def start(self, now: datetime) -> datetime | None:
        """When the period begins; None for all time."""
        return None if self.days == "all" else now - timedelta(days=int(self.days))

    def filter(self, now: datetime) -> BounceFilter:
        """The same for a query."""
        return BounceFilter(
            int(self.campaign) if self.campaign else None,
            category=self.reason or None,
            domain=self.domain or None,
            start=self.start(now),
            is_hard=None if not self.kind else self.kind == "hard",
            search=self.q,
        )

    def export_href(self, now: datetime) -> str:
        """Where the same comes as CSV."""
        wanted = self.filter(now)
        said = {"campaign_id": wanted.campaign_id, "category": wanted.category, "domain": wanted.domain, "search": wanted.search or None}
        said |= {"is_hard": wanted.is_hard and "1" if wanted.is_hard is not False else "0"}
        said |= {"start": None if wanted.start is None else wanted.start.isoformat()}
        query = urlencode({name: value for name, value in said.items() if value is not None})
        return routes.BOUNCES_EXPORT + (f"?{query}" if query else "")


USUAL = Filters()


def filters_in(query: Mapping[str, Any]) -> Filters:
    """The filters that an address names. What can't be one counts as not named."""
    found = USUAL
    for name in ("days", "kind", "reason", "domain", "campaign", "q", "sort"):
        try:
            found = found.with_(**{name: checked_filter(name, query.get(name, getattr(USUAL, name)))})
        except BellError:
            continue
    return found


def checked_filter(name: str, value: Any) -> str:
    """The value, if the filter can have it. Raises Invalid, NotFound."""
    if name in CHOICES:
        return checked.one_of(value, name, CHOICES[name])
    if name == "campaign":
        return str(checked.identifier(value, "campaign")) if value else ""
    return checked.text(value, name, 255)
