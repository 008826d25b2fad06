"""What somebody says of a report that found no message, and the journal record that it becomes."""

from pydantic import model_validator
from sqlalchemy import Connection

from little_bell.actions.forms import Form, Id
from little_bell.domain.errors import Conflict, Invalid
from little_bell.journal.records import Review
from little_bell.mail import read
from little_bell.queries.messages import get_message
from little_bell.queries.reports import get_report


class ReviewForm(Form):
    """The message that it is about, or that it is nothing. Neither: read it once more."""

    message_id: Id | None = None
    dismiss: bool = False

    @model_validator(mode="after")
    def _one(self) -> "ReviewForm":
        if self.message_id and self.dismiss:
            raise ValueError("a report is about a message or is nothing, not both")
        return self


def review_of(connection: Connection, tenant_id: int, report_id: int, form: ReviewForm, at: int) -> Review:
    """The record. Raises NotFound for a report or a message that isn't the tenant's, Conflict for a report that was counted already,
    Invalid where nothing is read in it that could be said of a message.
    """
    report = get_report(connection, tenant_id, report_id)
    if report.state == "matched":
        raise Conflict("this report was counted already")
    if form.message_id:
        get_message(connection, tenant_id, form.message_id)
        if not read(report.body).reports:
            raise Invalid("nothing is read in this report that could be said of a message; mark the message by hand", "message_id")
    return Review(tenant_id, at, report.external_id, form.message_id or 0, form.dismiss)
