"""A campaign's messages by segments of their recipients.

Few recipients lead to their messages. Of many, it is the messages that lead to their recipients: each looks up its own row.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, cast, func, literal, select

from little_bell.domain.segments import Segment
from little_bell.models.recipient import Bytes
from little_bell.models.tables import messages, recipient_spellings, recipients
from little_bell.queries.message_walks import Filter
from little_bell.queries.segments import conditions_on, small_segment

#: So many recipients are looked up in a campaign, and so many messages to them are put in order.
FEW, THEIRS = 2_000, 3_000


def is_in(tenant_id: int, wanted: Segment) -> Filter:
    """Its recipient is in this segment."""

    def holds(c: Any) -> ColumnElement[bool]:
        outer, written = c.recipient_email.table, cast(c.recipient_email, Bytes)
        otherwise = (recipient_spellings.c.tenant_id == tenant_id, recipient_spellings.c.spelling == written)
        address = func.coalesce(select(recipient_spellings.c.address).where(*otherwise).correlate(outer).scalar_subquery(), written)
        fits = (recipients.c.tenant_id == tenant_id, recipients.c.address == address, *conditions_on(wanted))
        # Not EXISTS: PostgreSQL would make a join of it, and may read all recipients for some thousand messages.
        return select(literal(1)).where(*fits).correlate(outer).scalar_subquery().is_not(None)

    return Filter(("recipient_email",), holds, is_dear=True)


def messages_to_few(connection: Connection, tenant_id: int, campaign_id: int, wanted: Segment) -> Subquery | None:
    """A campaign's messages to a segment, as a table; None where there may be more than a page can put in order."""
    addresses = small_segment(connection, tenant_id, wanted, FEW)
    if addresses is None:
        return None
    table = recipient_spellings.c
    otherwise = select(table.spelling).where(table.tenant_id == tenant_id, table.address.in_(addresses)).limit(FEW + 1)
    names = [*addresses, *connection.execute(otherwise).scalars()]
    if len(names) > 2 * FEW:
        return None
    mine = (messages.c.tenant_id == tenant_id, messages.c.campaign_id == campaign_id, messages.c.recipient_email.in_(names))
    ids = list(connection.execute(select(messages.c.id).where(*mine).limit(THEIRS + 1)).scalars())
    # Named one by one, and with a limit: so no database looks for them along an index that has the order wanted.
    few = select(messages).where(messages.c.id.in_(ids), messages.c.tenant_id == tenant_id).limit(THEIRS).subquery()
    return few if len(ids) <= THEIRS else None
