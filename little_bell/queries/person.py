"""One recipient of the list: what they got, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import campaigns, messages, recipients
from little_bell.queries.campaigns import live

MOST = 50


@dataclass(frozen=True, slots=True)
class MailRow:
    """A message to them, and its campaign."""

    id: int
    campaign: str
    status: str
    created_at: datetime
    sent_at: datetime | None
    human_opened_at: datetime | None
    human_clicked_at: datetime | None


def mail_to(connection: Connection, tenant_id: int, address: str) -> Sequence[MailRow]:
    """The newest messages to an address of the list, however it is written. Raises NotFound."""
    mine = (recipients.c.tenant_id == tenant_id, recipients.c.address == address)
    known = connection.execute(select(recipients.c.spellings).where(*mine)).one_or_none()
    if known is None:
        raise NotFound("there is no such recipient", "address")
    table = messages.c
    columns = (table.id, campaigns.c.name, table.status, table.created_at, table.sent_at, table.human_opened_at, table.human_clicked_at)
    both = messages.join(campaigns, campaigns.c.id == table.campaign_id)
    to_them = (table.tenant_id == tenant_id, table.recipient_email.in_({address, *(known.spellings or ())}), live(tenant_id))
    found = select(*columns).select_from(both).where(*to_them).order_by(table.id.desc()).limit(MOST)
    return [MailRow(*row) for row in connection.execute(found)]
