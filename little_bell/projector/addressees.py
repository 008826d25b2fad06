"""Which of our messages mail that came back is about: by token, by Message-ID, or by recipient and time."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from little_bell.journal.records import Notice
from little_bell.models import from_micros
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


def by_id(connection: Connection, tenant_id: int, message_id: int) -> list[Addressee]:
    """The tenant's message with this id, or none."""
    return _rows(connection, select(*_columns).where(messages.c.tenant_id == tenant_id, messages.c.id == message_id, _live))


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


def find_messages(connection: Connection, notices: Sequence[Notice]) -> list[int | None]:
    """The message of each notice, or None: by token, by the provider's id or Message-ID, by recipient and time."""
    found: list[int | None] = [None] * len(notices)
    by_tokens = by_token(connection, {token for notice in notices for token in notice.tokens})
    ours = _by_ids(connection, {notice.message_id for notice in notices if notice.message_id})
    for place, notice in enumerate(notices):
        if (notice.tenant_id, notice.message_id) in ours:
            found[place] = notice.message_id
            continue
        named = (by_tokens[token] for token in notice.tokens if token in by_tokens)
        found[place] = next((each.message_id for each in named if each.tenant_id == notice.tenant_id), None)
    left = [place for place, message_id in enumerate(found) if message_id is None]
    for find in (_by_provider_ids, _by_recipients):
        for place, message_id in zip(left, find(connection, [notices[place] for place in left]), strict=True):
            found[place] = message_id
        left = [place for place in left if found[place] is None]
    return found


def _by_ids(connection: Connection, ids: set[int]) -> set[tuple[int, int]]:
    """Tenant and id of the messages that are there."""
    mine = select(messages.c.tenant_id, messages.c.id).where(messages.c.id.in_(ids), _live)
    return {(row.tenant_id, row.id) for row in connection.execute(mine)} if ids else set()


def _by_provider_ids(connection: Connection, notices: Sequence[Notice]) -> list[int | None]:
    """One id may stand for several recipients' messages: then the recipient decides, and another's is not it."""
    rows: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for tenant_id, ids in _by_tenant(notices, lambda notice: notice.message_ids).items():
        for some in _pieces(ids):
            mine = (messages.c.tenant_id == tenant_id, messages.c.provider_message_id.in_(some), _live)
            columns = (messages.c.id, messages.c.provider_message_id, messages.c.recipient_email)
            for row in connection.execute(select(*columns).where(*mine).order_by(messages.c.id.desc())):
                rows[tenant_id, row.provider_message_id].append(row)
    found: list[int | None] = []
    for notice in notices:
        alike = [row for name in notice.message_ids for row in rows.get((notice.tenant_id, name), ())]
        if notice.recipient:
            alike = [row for row in alike if row.recipient_email.lower() == notice.recipient.lower()]
        found.append(alike[0].id if alike else None)
    return found


def _by_recipients(connection: Connection, notices: Sequence[Notice]) -> list[int | None]:
    """The last message to the address before the event, unless it is known under another id of the provider's."""
    rows: dict[tuple[int, str], list[Any]] = defaultdict(list)
    sent_at = func.coalesce(messages.c.sent_at, messages.c.created_at)
    times = [notice.stated_at or notice.received_at for notice in notices]
    for tenant_id, names in _by_tenant(notices, lambda notice: _forms(notice.recipient)).items():
        for some in _pieces(names):
            mine = (messages.c.tenant_id == tenant_id, messages.c.recipient_email.in_(some), _live)
            in_time = sent_at.between(from_micros(min(times)) - LOOK_BACK, from_micros(max(times)) + CLOCKS_DIFFER)
            columns = (messages.c.id, messages.c.recipient_email, messages.c.provider_message_id, sent_at.label("sent_at"))
            for row in connection.execute(select(*columns).where(*mine, in_time).order_by(messages.c.id.desc())):
                rows[tenant_id, row.recipient_email.lower()].append(row)
    found: list[int | None] = []
    for notice, when in zip(notices, map(from_micros, times), strict=True):
        to_them = rows.get((notice.tenant_id, notice.recipient.lower()), ())
        in_time_rows = (row for row in to_them if when - LOOK_BACK <= row.sent_at <= when + CLOCKS_DIFFER)
        fitting = (row.id for row in in_time_rows if not (notice.message_ids and row.provider_message_id))
        found.append(next(fitting, None))
    return found


def _forms(address: str) -> list[str]:
    return [address, address.lower()] if address else []


def _by_tenant(notices: Sequence[Notice], names: Callable[[Notice], list[str]]) -> dict[int, list[str]]:
    wanted: dict[int, set[str]] = defaultdict(set)
    for notice in notices:
        wanted[notice.tenant_id].update(names(notice))
    return {tenant_id: sorted(some) for tenant_id, some in wanted.items() if some}


def _pieces(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + MANY] for start in range(0, len(names), MANY))
