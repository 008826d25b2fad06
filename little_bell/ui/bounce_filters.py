"""The filters of the page on bounces, for its queries and its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlencode

from little_bell.domain.bounces import Reason
from little_bell.queries.bounces import SORTS, BounceFilter
from little_bell.ui import routes
from little_bell.ui.filters import Filters

KINDS = {"": "Hard and soft", "hard": "Hard: address dead", "soft": "Soft: may live"}
REASONS = {"": "Every reason", **{str(reason): str(reason).replace("_", " ").capitalize() for reason in Reason}}
ORDERS = dict(zip(SORTS, ("Newest first", "Oldest first", "By recipient"), strict=True))


@dataclass(frozen=True, slots=True)
class BounceFilters(Filters):
    """What is asked for; "" means anything."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"kind": KINDS, "reason": REASONS, "sort": ORDERS}
    IDS: ClassVar[Mapping[str, str]] = {"campaign": "campaign"}

    period: str = "30d"
    kind: str = ""
    reason: str = ""
    domain: str = ""
    campaign: str = ""
    q: str = ""
    sort: str = "newest"

    def filter(self, start: datetime | None, end: datetime) -> BounceFilter:
        """The same for a query, of the bounces in [start, end)."""
        return BounceFilter(
            int(self.campaign) if self.campaign else None,
            category=self.reason or None,
            domain=self.domain or None,
            start=start,
            end=end,
            is_hard=None if not self.kind else self.kind == "hard",
            search=self.q,
        )


def export_href(wanted: BounceFilter) -> str:
    """Where the same comes as CSV."""
    said = {"campaign_id": wanted.campaign_id, "category": wanted.category, "domain": wanted.domain, "search": wanted.search or None}
    said |= {"is_hard": wanted.is_hard and "1" if wanted.is_hard is not False else "0"}
    said |= {name: None if at is None else at.isoformat() for name, at in (("start", wanted.start), ("end", wanted.end))}
    query = urlencode({name: value for name, value in said.items() if value is not None})
    return routes.BOUNCES_EXPORT + (f"?{query}" if query else "")
