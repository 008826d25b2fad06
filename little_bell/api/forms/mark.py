"""The bodies of marks, and the journal record that each becomes."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from little_bell.actions.forms import MAX_BATCH, Form, Id, Line64, Line300, Url, Utc
from little_bell.domain.bounces import classify
from little_bell.domain.events import BounceType, EventType
from little_bell.domain.times import micros_of
from little_bell.journal.records import Mark
from little_bell.queries.messages import Named

LONGEST_REASON = 4_000
Reply = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON, pattern=r"^[^\x00]*$")]


class Telling(Form):
    """A mark of one message, without its name."""

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        """The journal's record. Times are microseconds since 1970."""
        raise NotImplementedError


class SentMark(Telling):
    """It was handed to a mail server."""

    sent_at: Utc | None = None
    provider_message_id: Line300 | None = None

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        stated = micros_of(self.sent_at)
        return Mark(tenant_id, message.id, EventType.SENT, received_at, "api", stated, self.provider_message_id, token=message.token)


class OpenedMark(Telling):
    """Its reader opened it."""

    opened_at: Utc | None = None

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        return Mark(tenant_id, message.id, EventType.OPENED, received_at, "api", micros_of(self.opened_at), token=message.token)


class ClickedMark(Telling):
    """Its reader followed a link, named or not."""

    clicked_at: Utc | None = None
    url: Url | None = None

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        stated = micros_of(self.clicked_at)
        return Mark(tenant_id, message.id, EventType.CLICKED, received_at, "api", stated, url=self.url or "", token=message.token)


class BounceMark(Telling):
    """It could not be delivered. Reason and diagnostic may be raw SMTP replies: they say why, and whether for good."""

    bounced_at: Utc | None = None
    bounce_reason: Reply = "unknown"
    bounce_type: BounceType | None = None
    bounce_subtype: Line64 | None = None
    diagnostic_code: Reply | None = None

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        said = classify(" ".join(filter(None, (self.diagnostic_code, self.bounce_reason))))
        kind = self.bounce_type or (BounceType.PERMANENT if said.permanent else BounceType.TEMPORARY)
        bounce: dict[str, str | None] = {
            "bounce_type": str(kind),
            "category": said.category,
            "reason": self.bounce_reason,
            "subtype": self.bounce_subtype,
            "diagnostic_code": self.diagnostic_code,
        }
        stated = micros_of(self.bounced_at)
        return Mark(tenant_id, message.id, EventType.BOUNCED, received_at, "api", stated, bounce=bounce, token=message.token)


#: The marks by the words a sender may use.
MARKS: dict[str, type[Telling]] = {
    "sent": SentMark,
    "opened": OpenedMark,
    "clicked": ClickedMark,
    "bounced": BounceMark,
    "bounce": BounceMark,
}


class BulkMark(SentMark, OpenedMark, ClickedMark, BounceMark):
    """A mark of a message that is named by its id, its token or the sender's own id; with the fields of that mark."""

    id: Id | None = None
    tracking_token: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    mark: Literal["sent", "opened", "clicked", "bounced", "bounce"]

    @model_validator(mode="after")
    def _fits(self) -> "BulkMark":
        named = self.model_fields_set & {"id", "tracking_token", "external_id"}
        if len(named) != 1 or getattr(self, next(iter(named))) is None:
            raise ValueError("name the message by one of id, tracking_token, external_id")
        strange = self.model_fields_set - MARKS[self.mark].model_fields.keys() - named - {"mark"}
        if strange:
            raise ValueError(f"{', '.join(sorted(strange))} doesn't go with the mark {self.mark}")
        return self

    @property
    def name(self) -> tuple[str, int | str]:
        """The column by which the message is named, and its value."""
        if self.id is not None:
            return "id", self.id
        return ("token", self.tracking_token) if self.tracking_token else ("external_id", self.external_id or "")

    def record(self, tenant_id: int, message: Named, received_at: int) -> Mark:
        return MARKS[self.mark].record(self, tenant_id, message, received_at)


class BulkMarks(Form):
    """Marks to make together, all or none."""

    marks: Annotated[list[BulkMark], Field(min_length=1, max_length=MAX_BATCH)]
