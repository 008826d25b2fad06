"""The filters of a campaign's messages, for the list and for its file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from little_bell.domain.events import Status
from little_bell.domain.readings import MessageSort, Reading
from little_bell.queries.message_lists import MessageFilter
from little_bell.ui import audience_filters as audience
from little_bell.ui.filters import BY, Filters

STATUSES = {"": "Every status", **{str(status): str(status).capitalize() for status in Status}}
OPENED = {
    "": "Opened or not",
    "human": "Opened by a person",
    "machine": "Opened by machines only",
    "any": "Opened by anybody",
    "not-human": "Not opened by a person",
    "none": "Not opened at all",
}
CLICKED = {
    "": "Clicked or not",
    "human": "Clicked by a person",
    "machine": "Clicked by machines only",
    "any": "Clicked by anybody",
    "not-human": "Not clicked by a person",
    "none": "Not clicked at all",
}
#: What the page of recipients asks for of them, by its name there.
RECIPIENTS = {
    "unopened": audience.UNOPENED,
    "opened": audience.OPENED,
    "clicked": audience.CLICKED,
    "sent": audience.SENT,
    "suppressed": audience.SUPPRESSED,
    "by": BY,
}
SORTS = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "recipient_email": "Recipient A–Z",
    "-recipient_email": "Recipient Z–A",
    "-human_opened_at": "Opened last",
    "-human_clicked_at": "Clicked last",
}


@dataclass(frozen=True, slots=True)
class MessageFilters(Filters):
    """What is asked for; "" means anything."""

    CHOICES: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "status": STATUSES,
        "opened": OPENED,
        "clicked": CLICKED,
        "sort": SORTS,
        **{f"recipient_{name}": options for name, options in RECIPIENTS.items()},
    }
    IDS: ClassVar[Mapping[str, str]] = {"link": "link"}
    WHOLE: ClassVar[frozenset[str]] = Filters.WHOLE | {"recipient_by"}

    q: str = ""
    status: str = ""
    opened: str = ""
    clicked: str = ""
    link: str = ""
    domain: str = ""
    recipient_unopened: str = ""
    recipient_opened: str = ""
    recipient_clicked: str = ""
    recipient_sent: str = ""
    recipient_suppressed: str = ""
    recipient_by: str = "people"
    sort: str = "-created_at"

    def filter(self, campaign_id: int) -> MessageFilter:
        """The same for a query."""
        return MessageFilter(
            campaign_id,
            self.status or None,
            self.q,
            opened=Reading(self.opened) if self.opened else None,
            clicked=Reading(self.clicked) if self.clicked else None,
            link_id=int(self.link) if self.link else None,
            domain=self.domain.lstrip("@"),
            recipients=segment if (segment := self.recipients.segment).is_narrow else None,
        )

    @property
    def recipients(self) -> audience.AudienceFilters:
        """What is asked for of a message's recipient, as the page of recipients has it."""
        return audience.AudienceFilters(**{name: getattr(self, f"recipient_{name}") for name in RECIPIENTS})

    @property
    def order(self) -> MessageSort:
        """The order for a query."""
        return MessageSort(self.sort)
