"""Which of our messages mail that came back is about: by token, by Message-ID, or by recipient and time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from little_bell.models.tables import campaigns, messages
from little_bell.projector.states import MANY

#: Mail systems try for five days at most (RFC 5321, 4.5.4.1), and a report may lie in a mailbox for a while.
LOOK_BACK = timedelta(days=7)
CLOCKS_DIFFER = timedelta(hours=1)
#: The newest messages to one address that are looked at.
MOST_TO_ONE = 20


class Addressee(NamedTuple):
    """A message of ours."""

    message_id: int
    tenant_id: int
    token: str
    recipient: str
    subject: str | None


_columns = (messages.c.id, messages.c.tenant_id, messages.c.token, messages.c.recipient_email, messages.c.subject)
_live = select(1).where(campaigns.c.id == messages.c.campaign_id, campaigns.c.deleted_at.is_(None)).exists()


def by_token(connection: Connection, tokens: Collection[str]) -> dict[str, Addressee]:
    """The messages with these tokens, whose ever they are."""
    wanted = sorted(tokens)
    found: dict[str, Addressee] = {}
    for start in range(0, len(wanted), MANY):
        some = select(*_columns).where(messages.c.token.in_(wanted[start : start + MANY]), _live)
        found |= {message.token: message for message in _rows(connection, some)}
    return found


def by_message_id(connection: Connection, tenant_id: int, message_id: str) -> Sequence[Addressee]:
    """The tenant's messages that were sent under this Message-ID, as senders note it: with angles or without, whole or without host."""
    bare = message_id.strip("<> ")
    names = {bare, f"<{bare}>", bare.partition("@")[0]}
    mine = (messages.c.tenant_id == tenant_id, messages.c.provider_message_id.in_(names), _live)
    return _rows(connection, select(*_columns).where(*mine).order_by(messages.c.id.desc()).limit(MOST_TO_ONE))


def by_recipient(
    connection: Connection, tenant_id: int, addresses: Iterable[str | None], written_at: datetime, subject: str
) -> Addressee | None:
    """The tenant's last message to one of these addresses in the days before a report; of several, one with its subject if there is one."""
    names = {form for address in addresses if address for form in (address, address.lower())}
    sent_at = func.coalesce(messages.c.sent_at, messages.c.created_at)
    mine = (messages.c.tenant_id == tenant_id, messages.c.recipient_email.in_(names), _live)
    in_time = (sent_at >= written_at - LOOK_BACK, sent_at <= written_at + CLOCKS_DIFFER)
    found = _rows(connection, select(*_columns).where(*mine, *in_time).order_by(messages.c.id.desc()).limit(MOST_TO_ONE))
    alike = [message for message in found if subject and message.subject == subject]
    return next(iter(alike or found), None)


def _rows(connection: Connection, statement: Select[Any]) -> list[Addressee]:
    return [Addressee(*row) for row in connection.execute(statement)]
