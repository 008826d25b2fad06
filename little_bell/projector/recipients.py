"""The rows of recipients, computed anew from their messages: right by construction, whatever happened in what order.

A fold only notes whose messages changed, in its own transaction; the rest follows some seconds later, and off its way
(docs/decisions/0030-recipients-are-computed-anew.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text, update

from little_bell.domain.addresses import address_key
from little_bell.domain.recipients import FOREVER, Mail, Standing, standing_of
from little_bell.models import now, to_micros
from little_bell.models.tables import (
    messages,
    recipient_fill,
    recipient_notes,
    recipient_spellings,
    recipient_versions,
    recipients,
    suppressions,
)
from little_bell.projector.recipient_counts import Counts
from little_bell.projector.write import upsert

#: Messages in one note, and notes (about as many messages) that a step takes: some tens of milliseconds.
IN_NOTE, STEP = 300, 300
#: Of PostgreSQL's locks for a transaction: two never compute the same row at once.
LOCK = 0x4C42_0004
_MAILS = text(
    "SELECT recipient_email, campaign_id, created_at, sent_at, delivered_at, bounced_at, rejected_at, opened_at, human_opened_at, "
    "clicked_at, human_clicked_at FROM messages WHERE tenant_id = :tenant_id AND recipient_email IN :names AND is_tracked AND NOT is_test "
    "AND campaign_id NOT IN (SELECT id FROM campaigns WHERE tenant_id = :tenant_id AND deleted_at IS NOT NULL)"
).bindparams(bindparam("names", expanding=True))

#: By tenant and address key: how the address is written, as far as that is known.
Whom = Mapping[tuple[int, str], Collection[str]]
#: Rows of a tenant's recipients by address.
Rows = Mapping[str, dict[str, Any]]


def note_messages(connection: Connection, message_ids: Sequence[int]) -> None:
    """Have the recipients of these messages computed anew soon."""
    _note(connection, [{"messages": some} for some in _some_of(message_ids)])


def note_addresses(connection: Connection, keys: Iterable[tuple[int, str]]) -> None:
    """The same of addresses, by tenant."""
    _note(connection, [{"addresses": some} for some in _some_of(keys)])


def settle_noted(connection: Connection) -> int:
    """Compute some of those that were noted; how many notes are done."""
    lock_recipients(connection)
    notes, message_ids, whom = [], [], defaultdict[tuple[int, str], set[str]](set)
    for row in connection.execute(select(recipient_notes).order_by(recipient_notes.c.id).limit(STEP)):
        noted = orjson.loads(row.noted)
        message_ids += noted.get("messages", ())
        for tenant_id, address in noted.get("addresses", ()):
            whom[tenant_id, address].add(address)
        notes.append(row.id)
        if len(message_ids) + len(whom) >= STEP:
            break
    for key, names in recipients_of(connection, message_ids).items():
        whom[key] |= names
    settle(connection, whom)
    connection.execute(delete(recipient_notes).where(recipient_notes.c.id.in_(notes)))
    return len(notes)


def recipients_of(connection: Connection, message_ids: Collection[int]) -> dict[tuple[int, str], set[str]]:
    """Whom these messages went to, and how they write it."""
    found = defaultdict[tuple[int, str], set[str]](set)
    if message_ids:
        whose = select(messages.c.tenant_id, messages.c.recipient_email).where(messages.c.id.in_(set(message_ids)))
        for tenant_id, email in connection.execute(whose):
            found[tenant_id, address_key(email)].add(email)
    return found


def settle_expired(connection: Connection) -> int:
    """Compute some of those whose suppression is over; how many."""
    lock_recipients(connection)
    table = recipients.c
    over = select(table.tenant_id, table.address).where(table.suppressed_until.is_not(None), table.suppressed_until <= to_micros(now()))
    whom = {(row.tenant_id, row.address): {row.address} for row in connection.execute(over.limit(STEP))}
    settle(connection, whom)
    return len(whom)


def fill_some(connection: Connection) -> int:
    """Compute some of those whose messages an older version made; whether to go on."""
    lock_recipients(connection)
    row = connection.execute(select(recipient_fill)).first()
    if row is None or row.filled >= row.fill_to:
        return 0
    some = select(messages.c.id).where(messages.c.id > row.filled, messages.c.id <= row.fill_to).order_by(messages.c.id).limit(STEP)
    ids = connection.execute(some).scalars().all()
    whom = recipients_of(connection, ids)
    settle(connection, not_known(connection, whom))
    connection.execute(update(recipient_fill).values(filled=ids[-1] if ids else row.fill_to))
    return 1


def lock_recipients(connection: Connection) -> None:
    """From here to the end of the transaction nobody else computes any. SQLite's write lock says so by itself."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def settle(connection: Connection, whom: Whom) -> None:
    """Compute the rows of these addresses, with the lock held: written where they differ, gone where nothing is left to tell."""
    by_tenant = defaultdict[int, dict[str, Collection[str]]](dict)
    for (tenant_id, address), names in whom.items():
        by_tenant[tenant_id][address] = names
    counts, changed = Counts(), set[int]()
    for tenant_id, wanted in by_tenant.items():
        for some in _some_of(wanted):
            if _settle_some(connection, tenant_id, {address: wanted[address] for address in some}, counts):
                changed.add(tenant_id)
    counts.write(connection)
    if changed:
        last = connection.execute(select(func.coalesce(func.max(recipient_versions.c.version), 0))).scalar_one()
        rows = [{"tenant_id": tenant_id, "version": last + 1} for tenant_id in sorted(changed)]
        upsert(connection, recipient_versions, rows, put=["version"])


def _settle_some(connection: Connection, tenant_id: int, wanted: Mapping[str, Collection[str]], counts: Counts) -> bool:
    """Whether any row changed."""
    stored = rows_known(connection, tenant_id, wanted)
    rows = rows_told(connection, tenant_id, wanted, stored)
    counts.change(tenant_id, stored.values(), -1)
    counts.change(tenant_id, rows.values(), 1)
    changed = [row for address, row in rows.items() if row != stored.get(address)]
    upsert(connection, recipients, sorted(changed, key=lambda row: str(row["address"])), put=_PUT)
    gone = stored.keys() - rows.keys()
    if gone:
        connection.execute(delete(recipients).where(recipients.c.tenant_id == tenant_id, recipients.c.address.in_(gone)))
    _write_spellings(connection, tenant_id, spelled(stored), spelled(rows))
    return bool(changed or gone)


def rows_known(connection: Connection, tenant_id: int, addresses: Collection[str]) -> Rows:
    """The rows of these addresses as they stand."""
    mine = (recipients.c.tenant_id == tenant_id, recipients.c.address.in_(addresses))
    return {row["address"]: dict(row) for row in connection.execute(select(recipients).where(*mine)).mappings()}


def rows_told(connection: Connection, tenant_id: int, wanted: Mapping[str, Collection[str]], stored: Rows) -> Rows:
    """The same as their messages say."""
    known = {address: {address, *names, *(stored.get(address, {}).get("spellings") or ())} for address, names in wanted.items()}
    mails = _mails_to(connection, tenant_id, [name for names in known.values() for name in names])
    until = _suppressed_until(connection, tenant_id, wanted)
    rows = {}
    for address in wanted:
        written = {name: mails[name] for name in known[address] if name in mails}
        standing = standing_of(mail for of in written.values() for mail in of)
        if standing is not None and "@" in address:  # what stands where a recipient was erased is none
            rows[address] = _row(tenant_id, address, standing, until.get(address), written)
    return rows


def spelled(rows: Rows) -> dict[str, str]:
    """Address by how it is written otherwise."""
    return {written: address for address, row in rows.items() for written in row["spellings"] or () if written != address}


def _write_spellings(connection: Connection, tenant_id: int, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    gone = before.keys() - after.keys()
    if gone:
        table = recipient_spellings.c
        connection.execute(delete(recipient_spellings).where(table.tenant_id == tenant_id, table.spelling.in_(gone)))
    new = sorted(after.keys() - before.keys())
    rows = [{"tenant_id": tenant_id, "spelling": spelling, "address": after[spelling]} for spelling in new]
    upsert(connection, recipient_spellings, rows, put=["address"])


_PUT = [column.name for column in recipients.c if not column.primary_key]


def _row(tenant_id: int, address: str, standing: Standing, until: int | None, written: Mapping[str, Any]) -> dict[str, Any]:
    spellings = None if set(written) == {address} else sorted(written)
    domain = address.rpartition("@")[2]
    own = {"tenant_id": tenant_id, "address": address, "domain": domain, "spellings": spellings, "suppressed_until": until}
    return own | standing._asdict()


def _mails_to(connection: Connection, tenant_id: int, names: Sequence[str]) -> dict[str, list[Mail]]:
    found = defaultdict[str, list[Mail]](list)
    for email, *facts in connection.execute(_MAILS, {"tenant_id": tenant_id, "names": names}):
        found[email].append(Mail(*facts))
    return found


def _suppressed_until(connection: Connection, tenant_id: int, addresses: Collection[str]) -> dict[str, int]:
    """Of those that are suppressed now."""
    table, moment = suppressions.c, now()
    in_force = or_(table.expires_at.is_(None), table.expires_at > moment)
    mine = select(table.address, table.expires_at).where(table.tenant_id == tenant_id, table.address.in_(addresses), in_force)
    return {row.address: FOREVER if row.expires_at is None else to_micros(row.expires_at) for row in connection.execute(mine)}


def not_known(connection: Connection, whom: Whom) -> Whom:
    """Without those that have a row already: it was computed from all of their messages, and whatever changed since was noted."""
    rest = dict(whom)
    for tenant_id in {tenant_id for tenant_id, _ in whom}:
        mine = [address for owner, address in whom if owner == tenant_id]
        table = recipients.c
        for row in connection.execute(select(table.address, table.spellings).where(table.tenant_id == tenant_id, table.address.in_(mine))):
            if set(whom[tenant_id, row.address]) <= {row.address, *(row.spellings or ())}:
                del rest[tenant_id, row.address]
    return rest


def _note(connection: Connection, noted: Iterable[Mapping[str, Any]]) -> None:
    rows = [{"noted": orjson.dumps(one)} for one in noted]
    if rows:
        connection.execute(insert(recipient_notes), rows)


def _some_of(those: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(those)
    while some := list(islice(rest, IN_NOTE)):
        yield some
