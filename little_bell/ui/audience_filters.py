"""The filters of the page of recipients, as a segment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from little_bell.domain.number_forms import Include
from little_bell.domain.recipients import LONGEST_RUN
from little_bell.domain.segments import Ever, RecipientSort, Segment
from little_bell.ui.filters import BY, Filters

DAYS = (7, 30, 90, 180, 365)
UNOPENED = {"": "Latest opened or not", **{str(run): f"Opened none of the last {run}" for run in range(2, LONGEST_RUN + 1)}}
UNOPENED["1"] = "Didn’t open the last one"
UNOPENED = {key: UNOPENED[key] for key in ("", *map(str, range(1, LONGEST_RUN + 1)))}


def _happened(what: str) -> dict[str, str]:
    return {
        "": f"{what.capitalize()} at any time",
        **{str(days): f"{what.capitalize()} in {days} days" for days in DAYS},
        "ever": f"Ever {what}",
        "never": f"Never {what}",
        **{f"-{days}": f"Not {what} for {days} days" for days in DAYS},
    }


OPENED, CLICKED = _happened("opened"), _happened("clicked")
SENT = {
    "": "Mailed at any time",
    **{str(days): f"Mailed in {days} days" for days in DAYS},
    **{f"-{days}": f"Not mailed for {days} days" for days in DAYS},
    **{f"new-{days}": f"New in {days} days" for days in DAYS},
}
SUPPRESSED = {"": "Suppressed or not", "no": "Not suppressed", "yes": "Suppressed"}
SORTS = {
    "-last_sent_at": "Mailed last",
    "last_sent_at": "Mailed longest ago",
    "-last_opened_at": "Opened last",
    "-last_clicked_at": "Clicked last",
    "-unopened": "Longest unopened",
    "unopened": "Keenest openers",
    "-first_sent_at": "Newest",
    "address": "Address A–Z",
    "-address": "Address Z–A",
}


@dataclass(frozen=True, slots=True)
class AudienceFilters(Filters):
    """What is asked for; "" means anything."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "unopened": UNOPENED,
        "opened": OPENED,
        "clicked": CLICKED,
        "sent": SENT,
        "suppressed": SUPPRESSED,
        "sort": SORTS,
        "by": BY,
    }

    q: str = ""
    unopened: str = ""
    opened: str = ""
    clicked: str = ""
    sent: str = ""
    suppressed: str = ""
    domain: str = ""
    by: str = "people"
    sort: str = "-last_sent_at"

    @property
    def segment(self) -> Segment:
        """The same for a query."""
        asked: dict[str, Any] = {**_asked("opened", self.opened), **_asked("clicked", self.clicked), **_asked("sent", self.sent)}
        return Segment(
            unopened=int(self.unopened) if self.unopened else None,
            suppressed=None if not self.suppressed else self.suppressed == "yes",
            domain=self.domain.strip().lstrip("@"),
            search=self.q.strip(),
            include=Include.HUMAN if self.by == "people" else Include.ALL,
            **asked,
        )

    @property
    def order(self) -> RecipientSort:
        """The order for a query."""
        return RecipientSort(self.sort)

    @property
    def chosen(self) -> list[str]:
        """What is chosen of them, in the words of the page."""
        return [options[getattr(self, name)] for name, options in self.CHOICES.items() if name not in self.WHOLE and getattr(self, name)]

    @property
    def words(self) -> str:
        """Which recipients these are."""
        chosen = self.chosen
        chosen += [f"at {self.domain.strip().lstrip('@')}"] if self.domain.strip() else []
        chosen += [f"beginning with “{self.q.strip()}”"] if self.q.strip() else []
        if not chosen:
            return "Everybody mail went to."
        whose = "by people’s opens and clicks" if self.by == "people" else "by all opens and clicks, machines’ too"
        return f"The recipients that the list shows: {', '.join(chosen).lower()}; {whose}."


def _asked(name: str, value: str) -> dict[str, Any]:
    if not value:
        return {}
    if value in set(Ever):
        return {name: Ever(value)}
    if value.startswith("new-"):
        return {"new_within": int(value.removeprefix("new-"))}
    return {f"not_{name}_within": int(value[1:])} if value.startswith("-") else {f"{name}_within": int(value)}
