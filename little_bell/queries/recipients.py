"""Everything that is known of one recipient."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, func, literal, or_, select

from little_bell.domain.addresses import address_key
from little_bell.models.tables import campaigns, messages, recipient_spellings, webhook_receipts

#: Messages to one address that an export holds, and an erasure takes at a time.
MOST_MESSAGES = 10_000


def messages_to(connection: Connection, tenant_id: int, recipient: str) -> list[int]:
    """The ids of the tenant's messages to an address, however a sender wrote it; the oldest first."""
    key = address_key(recipient)
    known = (recipient_spellings.c.tenant_id == tenant_id, recipient_spellings.c.address == key)
    written = connection.execute(select(recipient_spellings.c.spelling).where(*known)).scalars()
    names = {recipient, recipient.lower(), key, *written}
    mine = (messages.c.tenant_id == tenant_id, messages.c.recipient_email.in_(names))
    alive = select(campaigns.c.id).where(campaigns.c.tenant_id == tenant_id, campaigns.c.deleted_at.is_(None))
    found = select(messages.c.id).where(*mine, messages.c.campaign_id.in_(alive)).order_by(messages.c.id).limit(MOST_MESSAGES)
    return list(connection.execute(found).scalars())


def receipts_naming(connection: Connection, tenant_id: int, names: list[str]) -> list[dict[str, Any]]:
    """What providers and mail servers sent that has one of these addresses or tokens in it, as it came."""
    table = webhook_receipts.c
    position = "instr" if connection.dialect.name == "sqlite" else "position"
    contains: list[ColumnElement[bool]] = [_position(position, table.body, name) > 0 for name in names]
    if not contains:
        return []
    columns = (table.provider, table.received_at, table.outcome, table.headers, table.body)
    found = select(*columns).where(table.tenant_id == tenant_id, or_(*contains)).order_by(table.id).limit(MOST_MESSAGES)
    return [{**row, "body": bytes(row["body"]).decode("utf-8", "replace")} for row in connection.execute(found).mappings()]


def _position(function: str, body: ColumnElement[Any], name: str) -> ColumnElement[int]:
    wanted = literal(name.encode(), LargeBinary)
    return func.instr(body, wanted) if function == "instr" else func.position(wanted.op("IN")(body))
