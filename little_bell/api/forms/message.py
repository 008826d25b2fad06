"""Which messages of a campaign are asked for, to be listed or exported."""

from typing import Annotated

from pydantic import Field

from little_bell.api.forms.segment import OfRecipients
from little_bell.api.paging import QueryId
from little_bell.domain.events import Status
from little_bell.domain.readings import Reading
from little_bell.queries.message_lists import MessageFilter


class MessagesWanted(OfRecipients):
    """All that is given has to fit."""

    status: Status | None = None
    opened: Annotated[Reading, Field(description="by whom it was opened: any, human, machine alone, not-human, none")] | None = None
    clicked: Annotated[Reading, Field(description="who followed a link in it: any, human, machine alone, not-human, none")] | None = None
    link_id: Annotated[QueryId, Field(description="a link that was followed in it")] | None = None
    domain: Annotated[str, Field(max_length=255, description="of the recipient's mailbox")] = ""
    search: Annotated[str, Field(max_length=320, description="any part of the address")] = ""

    def filter(self, campaign_id: int) -> MessageFilter:
        """The same for a query."""
        return MessageFilter(
            campaign_id,
            self.status and self.status.value,
            self.search,
            opened=self.opened,
            clicked=self.clicked,
            link_id=self.link_id,
            domain=self.domain,
            recipients=self.recipients(),
        )
