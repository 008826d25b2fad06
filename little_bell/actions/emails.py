"""E-mails of the tenant routes: messages that are numbered within their tenant, all in one campaign."""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import Email, Form, NewCampaign, NewMessage, Subject
from little_bell.actions.messages import create_message
from little_bell.domain.tokens import email_token
from little_bell.models.tables import campaigns, tenants

#: The campaign that holds them; made with the first, and anew when it was deleted.
CAMPAIGN = NewCampaign(name="E-mails", external_id="emails")


class NewEmail(Form):
    """An e-mail to register; both may be left out."""

    subject: Subject | None = None
    recipient: Email | None = None


@dataclass(frozen=True, slots=True)
class RegisteredEmail:
    """An e-mail that was just registered."""

    email_id: int
    token: str


def create_email(connection: Connection, tenant_id: int, new: NewEmail, actor: str) -> RegisteredEmail:
    """The e-mail, numbered from 1 within the tenant; its number is the message's external id too."""
    # First of all: on PostgreSQL the row's lock lets two first e-mails make one campaign.
    counted = update(tenants).where(tenants.c.id == tenant_id).values(next_email_id=tenants.c.next_email_id + 1)
    email_id = int(connection.execute(counted.returning(tenants.c.next_email_id)).scalar_one()) - 1
    token = email_token(tenant_id, email_id)
    message = NewMessage.model_construct(  # checked already; a sender can choose neither this token nor an empty address
        campaign_id=_campaign(connection, tenant_id, actor),
        recipient_email=new.recipient or "",
        tracking_token=token,
        subject=new.subject,
        external_id=str(email_id),
    )
    create_message(connection, tenant_id, message)
    return RegisteredEmail(email_id, token)


def _campaign(connection: Connection, tenant_id: int, actor: str) -> int:
    theirs = (campaigns.c.tenant_id == tenant_id, campaigns.c.external_id == CAMPAIGN.external_id, campaigns.c.deleted_at.is_(None))
    found = connection.execute(select(campaigns.c.id).where(*theirs)).scalar()
    return create_campaign(connection, tenant_id, CAMPAIGN, actor) if found is None else int(found)
