"""How many messages a filter leaves: for a file's progress. It passes all of the campaign, so no page asks for it."""

from sqlalchemy import Connection, func, select

from little_bell.models.tables import messages
from little_bell.queries.message_lists import MessageFilter, conditions_of


def count_messages(connection: Connection, tenant_id: int, wanted: MessageFilter) -> int:
    """The messages of a campaign that fit, within its index. The caller has made sure that the campaign is the tenant's."""
    mine = (messages.c.tenant_id == tenant_id, messages.c.campaign_id == wanted.campaign_id)
    return connection.execute(select(func.count()).select_from(messages).where(*mine, *conditions_of(tenant_id, wanted))).scalar_one()
