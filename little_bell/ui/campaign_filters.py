"""Which part of a campaign its page shows, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from little_bell.queries.series import Step
from little_bell.ui.filters import Filters

TABS = {"results": "Results", "audience": "Audience", "messages": "Messages", "links": "Links", "import": "Import", "setup": "Set up"}
SPANS = {"": "Suitable", "48h": "48 hours", "30d": "30 days", "1y": "1 year"}
LENGTHS: dict[str, tuple[Step, timedelta]] = {
    "48h": ("hour", timedelta(hours=48)),
    "30d": ("day", timedelta(days=30)),
    "1y": ("day", timedelta(days=365)),
}


@dataclass(frozen=True, slots=True)
class CampaignFilters(Filters):
    """`span` is how far back the chart goes; "" is what suits the campaign's age."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"tab": TABS, "span": SPANS}

    tab: str = "results"
    span: str = ""
    set: str = ""
