"""What somebody means who typed a few letters: a campaign, or the mail to a recipient. Each answer reads a bounded part of an index."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from little_bell.models.tables import campaigns, messages
from little_bell.queries.campaigns import live

#: Of those whose address begins so, this many are looked at, and the newest of them given.
LOOKED_AT = 200
#: The last character there is: text that begins with `x` lies between `x` and `x` + this, byte by byte.
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign with its subject, or a recipient with the name of the campaign."""

    id: int
    name: str
    note: str


def jump_to_campaigns(connection: Connection, tenant_id: int, text: str, limit: int = 8) -> list[Found]:
    """Campaigns whose name or subject contains the text: those whose name begins with it first, then the newest."""
    name = campaigns.c.name
    begins = case((name.istartswith(text, autoescape=True), 0), else_=1)
    contains = or_(name.icontains(text, autoescape=True), campaigns.c.subject.icontains(text, autoescape=True))
    found = select(campaigns.c.id, name, func.coalesce(campaigns.c.subject, "")).where(live(tenant_id), contains)
    return [Found(*row) for row in connection.execute(found.order_by(begins, campaigns.c.id.desc()).limit(limit))]


def jump_to_messages(connection: Connection, tenant_id: int, text: str, limit: int = 8) -> list[Found]:
    """Messages whose recipient's address begins with the text, or whose token, external id or number it is; the newest first."""
    found: dict[int, Found] = {}
    for condition in (*_exactly(text), *(_begins(connection, start) for start in dict.fromkeys((text, text.lower())))):
        for message_id, recipient, campaign in connection.execute(_newest(tenant_id, condition, limit)):
            found.setdefault(message_id, Found(message_id, recipient, campaign))
    return list(found.values())[:limit]


def _exactly(text: str) -> list[ColumnElement[bool]]:
    wanted = [messages.c.token == text, messages.c.external_id == text]
    return [*wanted, messages.c.id == int(text)] if text.isascii() and text.isdigit() and len(text) < 19 else wanted


def _begins(connection: Connection, text: str) -> ColumnElement[bool]:
    """PostgreSQL's index is in the order of bytes for LIKE alone; SQLite's LIKE knows no case, so its index serves the comparison."""
    address = messages.c.recipient_email
    if connection.dialect.name == "postgresql":
        return address.startswith(text, autoescape=True)
    return and_(address >= text, address < text + LAST)


def _newest(tenant_id: int, condition: ColumnElement[bool], limit: int) -> Select[Any]:
    some = select(messages.c.id, messages.c.recipient_email, messages.c.campaign_id).where(messages.c.tenant_id == tenant_id, condition)
    looked_at = some.limit(LOOKED_AT).subquery()
    named = select(looked_at.c.id, looked_at.c.recipient_email, campaigns.c.name).join(campaigns, campaigns.c.id == looked_at.c.campaign_id)
    return named.where(live(tenant_id)).order_by(looked_at.c.id.desc()).limit(limit)
