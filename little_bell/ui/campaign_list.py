"""The filters of the list of campaigns, and of those that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from little_bell.domain.readings import Archived
from little_bell.ui import routes
from little_bell.ui.filters import Filters
from little_bell.ui.pinning import pinned_href

SHOWN = {"": "In use", "yes": "Archived", "all": "In use and archived"}
SORTS = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "name": "Name A–Z",
    "-name": "Name Z–A",
    "-sent": "Most sent",
    "-human_opened": "Most opened",
    "-human_clicked": "Most clicked",
    "-bounced": "Most bounced",
}
CURVE_OF = {"opened": "Opened", "clicked": "Clicked"}
#: So few and so many campaigns can be compared.
FEWEST, MOST = 2, 5


@dataclass(frozen=True, slots=True)
class CampaignsFilters(Filters):
    """What is asked for; "" means anything."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"archived": SHOWN, "sort": SORTS}

    q: str = ""
    tag: str = ""
    archived: str = ""
    sort: str = "-created_at"
    set: str = ""

    @property
    def shown(self) -> Archived:
        """The same for a query."""
        return Archived(self.archived or "no")


@dataclass(frozen=True, slots=True)
class CompareFilters(Filters):
    """Which campaigns, whom their rates count, and of what the curve is."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {"curve": CURVE_OF}
    WHOLE: ClassVar[frozenset[str]] = frozenset({"ids", "by", "curve", "set"})

    ids: str = ""
    by: str = "people"
    curve: str = "opened"
    set: str = ""

    @property
    def campaigns(self) -> list[int]:
        """Their ids, each once, in the order given; what is no id is left out."""
        told = (word for word in self.ids.split(",") if word.isascii() and word.isdigit() and 0 < len(word) < 19)
        return list(dict.fromkeys(int(word) for word in told))[:MOST]


def compare_href(ids: list[int], set_name: str = "") -> str:
    """Where these campaigns stand side by side, by the numbers of now or of a set."""
    return pinned_href(f"{routes.COMPARE}?ids={','.join(map(str, ids))}", set_name)
