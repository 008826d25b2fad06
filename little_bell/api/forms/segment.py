"""Which recipients are asked for, to be listed, counted or exported."""

from typing import Annotated

from pydantic import Field

from little_bell.api.paging import OneForm, Parameters
from little_bell.domain.number_forms import Include
from little_bell.domain.recipients import LONGEST_RUN
from little_bell.domain.segments import MOST_DAYS, Ever, Segment, segment_of_recipients

Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
_RUN = Field(ge=1, le=LONGEST_RUN, description="opened none of at least so many of the latest campaigns that they got")


class OfRecipients(Parameters):
    """What has to fit of a message's recipient, as RecipientsWanted has it."""

    recipient_unopened: Annotated[int, _RUN] | None = None
    recipient_opened: Annotated[Ever, Field(description="whether its recipient ever opened a message")] | None = None
    recipient_opened_within: Days | None = None
    recipient_not_opened_within: Days | None = None
    recipient_clicked: Ever | None = None
    recipient_clicked_within: Days | None = None
    recipient_not_clicked_within: Days | None = None
    recipient_sent_within: Days | None = None
    recipient_not_sent_within: Days | None = None
    recipient_new_within: Days | None = None
    recipient_suppressed: bool | None = None
    recipient_include: Annotated[OneForm, Field(description="whose opens and clicks are meant: people's without it")] | None = None

    def recipients(self) -> Segment | None:
        """The same for a query; None where nothing is asked for."""
        return segment_of_recipients(**{name: getattr(self, name) for name in OfRecipients.model_fields})


class RecipientsWanted(Parameters):
    """All that is given has to fit. `include` says whose opens and clicks are meant: people's, if it isn't given."""

    unopened: Annotated[int, _RUN] | None = None
    opened: Ever | None = None
    opened_within: Annotated[Days, Field(description="in so many last days")] | None = None
    not_opened_within: Annotated[Days, Field(description="not in so many last days, or never")] | None = None
    clicked: Ever | None = None
    clicked_within: Days | None = None
    not_clicked_within: Days | None = None
    sent_within: Annotated[Days, Field(description="got mail in so many last days")] | None = None
    not_sent_within: Days | None = None
    new_within: Annotated[Days, Field(description="got their first mail in so many last days")] | None = None
    suppressed: bool | None = None
    domain: Annotated[str, Field(max_length=255, description="of the mailbox")] = ""
    search: Annotated[str, Field(max_length=320, description="how the address begins")] = ""
    include: OneForm | None = None

    def segment(self) -> Segment:
        """The same for a query."""
        asked = {name: getattr(self, name) for name in Segment._fields if name != "include"}
        return Segment(**asked, include=self.include or Include.HUMAN)
