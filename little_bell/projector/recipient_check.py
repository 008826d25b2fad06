"""The rows of recipients and their counts compared with what there is, and put right: some hundred at a time, whatever their number.

What is only late is no difference: rows that are noted, not filled in yet, or whose deleted campaign isn't purged yet.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, case, delete, func, literal_column, select, tuple_

from little_bell.domain.addresses import address_key
from little_bell.domain.recipients import HOUR, KINDS, LONGEST_RUN, NEVER
from little_bell.models import now, to_micros
from little_bell.models.tables import (
    campaigns,
    messages,
    recipient_counts,
    recipient_fill,
    recipient_notes,
    recipient_spellings,
    recipients,
    tenants,
)
from little_bell.projector.recipients import STEP, Rows, Whom, not_known, recipients_of, rows_known, rows_told, settle, spelled
from little_bell.projector.write import upsert

#: Recipients, or messages, that are looked at together; differences that are told one by one.
CHUNK, TOLD = 500, 1_000


@dataclass(slots=True)
class Compared:
    """How many rows there are, and what differs."""

    recipients: int = 0
    differences: dict[str, None] = field(default_factory=dict)
    untold: int = 0

    def differs(self, words: str) -> None:
        """The first ones in words, the others counted. Of a recipient without a row several messages may tell."""
        if len(self.differences) < TOLD:
            self.differences.setdefault(words)
        elif words not in self.differences:
            self.untold += 1


def compare_recipients(connection: Connection, *, mend: bool = False) -> Compared:
    """All rows and counts against messages, suppressions and rows; with `mend` (and the lock held) they are right afterwards."""
    found = Compared()
    for tenant_id in connection.execute(select(tenants.c.id).order_by(tenants.c.id)).scalars().all():
        for kind in KINDS:  # first: rows that are mended take their counts along
            _compare_counts(connection, found, tenant_id, kind, mend)
    for whom in _of_rows(connection):
        found.recipients += len(whom)
        _compare(connection, found, whom, mend)
    for whom in _of_messages(connection):
        _compare(connection, found, whom, mend)
    _compare_strays(connection, found, mend)
    if found.untold:
        found.differences[f"{found.untold} more differences of recipients"] = None
    return found


def _of_rows(connection: Connection) -> Iterator[Whom]:
    key = (recipients.c.tenant_id, recipients.c.address)
    page, after = select(*key).order_by(*key).limit(CHUNK), (0, "")
    while rows := connection.execute(page.where(tuple_(*key) > after)).all():
        after = (rows[-1].tenant_id, rows[-1].address)
        yield {(row.tenant_id, row.address): () for row in rows}


def _of_messages(connection: Connection) -> Iterator[Whom]:
    """Those that have no row, or none that knows how their address is written here."""
    page, after = select(messages.c.id).order_by(messages.c.id).limit(CHUNK), 0
    while ids := connection.execute(page.where(messages.c.id > after)).scalars().all():
        after = ids[-1]
        yield not_known(connection, recipients_of(connection, ids))


def _compare(connection: Connection, found: Compared, whom: Whom, mend: bool) -> None:
    for tenant_id in sorted({tenant_id for tenant_id, _ in whom}):
        wanted = {address: names for (owner, address), names in whom.items() if owner == tenant_id}
        stored = rows_known(connection, tenant_id, wanted)
        told = rows_told(connection, tenant_id, wanted, stored)
        wrong = {address: words for address in wanted if (words := _difference(stored.get(address), told.get(address)))}
        late = _late(connection, tenant_id, wrong, stored, told) if wrong else set()
        for address in sorted(wrong.keys() - late):
            found.differs(f"recipient {address} of tenant {tenant_id}: {wrong[address]}")
        if mend and wrong:
            settle(connection, {(tenant_id, address): wanted[address] for address in wrong})
            stored = rows_known(connection, tenant_id, wanted)
        _compare_spellings(connection, found, tenant_id, stored, mend)


def _difference(is_: Mapping[str, Any] | None, should: Mapping[str, Any] | None) -> str:
    """In words; empty where there is none that matters."""
    if is_ is None or should is None:
        return "" if is_ is should else "has no row" if is_ is None else "has a row, and got nothing"
    if set(is_["spellings"] or ()) < set(should["spellings"] or ()):  # a way to write it that nothing was sent to yet isn't looked for
        should = {**should, "spellings": is_["spellings"]}
    if (is_["suppressed_until"] or 0) < to_micros(now()) and should["suppressed_until"] is None:  # it is over, and that will be seen to
        should = {**should, "suppressed_until": is_["suppressed_until"]}
    return "; ".join(f"{name} is {is_[name]!r}, not {value!r}" for name, value in should.items() if is_[name] != value)


def _late(connection: Connection, tenant_id: int, addresses: Collection[str], stored: Rows, told: Rows) -> set[str]:
    """Which of these are only to be computed yet."""
    if connection.execute(select(tenants.c.deleted_at).where(tenants.c.id == tenant_id)).scalar() is not None:
        return set(addresses)
    names = {*addresses, *spelled({one: row for one, row in stored.items() if one in addresses})}
    names |= spelled({one: row for one, row in told.items() if one in addresses}).keys()
    fill = recipient_fill.c
    is_unfilled = select(1).where(messages.c.id > fill.filled, messages.c.id <= fill.fill_to).exists()
    both = messages.join(campaigns, campaigns.c.id == messages.c.campaign_id)
    is_late = (campaigns.c.deleted_at.is_not(None) | is_unfilled).label("is_late")
    theirs = select(messages.c.id, messages.c.recipient_email, is_late).select_from(both)
    late, by_id = set[str](), dict[int, str]()
    for row in connection.execute(theirs.where(messages.c.tenant_id == tenant_id, messages.c.recipient_email.in_(names))):
        by_id[row.id] = address_key(row.recipient_email)
        late |= {by_id[row.id]} if row.is_late else set()
    for noted in _notes(connection):
        late |= {by_id[message_id] for message_id in noted.get("messages", ()) if message_id in by_id}
        late |= {address for owner, address in noted.get("addresses", ()) if owner == tenant_id}
    return late


def _notes(connection: Connection) -> Iterator[dict[str, Any]]:
    page, after = select(recipient_notes).order_by(recipient_notes.c.id).limit(STEP), 0
    while rows := connection.execute(page.where(recipient_notes.c.id > after)).all():
        after = rows[-1].id
        yield from (orjson.loads(row.noted) for row in rows)


def _compare_spellings(connection: Connection, found: Compared, tenant_id: int, stored: Rows, mend: bool) -> None:
    """What leads from an address as it is written to its row."""
    table = recipient_spellings
    mine = (table.c.tenant_id == tenant_id, table.c.address.in_(stored))
    is_, should = {row.spelling: row.address for row in connection.execute(select(table).where(*mine))}, spelled(stored)
    for spelling in sorted(is_.keys() ^ should.keys()):
        words = "isn't led from to its row" if spelling in should else "leads to a row that isn't written so"
        found.differs(f"recipient {spelling} of tenant {tenant_id} {words}")
    if mend and is_ != should:
        connection.execute(delete(table).where(*mine))
        rows = [{"tenant_id": tenant_id, "spelling": spelling, "address": address} for spelling, address in sorted(should.items())]
        upsert(connection, table, rows, put=["address"])


def _compare_strays(connection: Connection, found: Compared, mend: bool) -> None:
    """Ways to write somebody who has no row."""
    table = recipient_spellings
    has_row = select(1).where(recipients.c.tenant_id == table.c.tenant_id, recipients.c.address == table.c.address).exists()
    for row in connection.execute(select(table.c.tenant_id, table.c.spelling).where(~has_row).limit(TOLD)):
        found.differs(f"recipient {row.spelling} of tenant {row.tenant_id} is written so, and has no row")
    if mend:
        connection.execute(delete(table).where(~has_row))


def _compare_counts(connection: Connection, found: Compared, tenant_id: int, kind: str, mend: bool) -> None:
    """One of KINDS, bucket by bucket: there are as many buckets as a tenant mailed in hours, however many recipients."""
    table = recipient_counts
    mine = (table.c.tenant_id == tenant_id, table.c.kind == kind)
    counted = select(table.c.is_suppressed, table.c.bucket, table.c.recipients).where(*mine, table.c.recipients != 0)
    is_ = {(bool(row[0]), int(row[1])): int(row[2]) for row in connection.execute(counted)}
    key = (recipients.c.suppressed_until.is_not(None).label("is_suppressed"), _bucket(kind).label("bucket"))
    there = select(*key, func.count()).where(recipients.c.tenant_id == tenant_id).group_by(*key)
    should = {(bool(row[0]), int(row[1])): int(row[2]) for row in connection.execute(there)}
    for place in sorted(is_.keys() | should.keys()):
        if is_.get(place, 0) != should.get(place, 0):
            words = f"{kind} {place[1]}{', suppressed' if place[0] else ''}"
            found.differs(f"recipients of tenant {tenant_id}, {words}: {is_.get(place, 0)} are counted, {should.get(place, 0)} are there")
    if mend and is_ != should:
        connection.execute(delete(table).where(*mine))
        names = {"tenant_id": tenant_id, "kind": kind}
        rows = [{**names, "is_suppressed": place[0], "bucket": place[1], "recipients": count} for place, count in sorted(should.items())]
        upsert(connection, table, rows, put=["recipients"])


def _bucket(kind: str) -> ColumnElement[int]:
    """domain.recipients.buckets_of, said by the database."""
    if kind in ("unopened", "human_unopened"):
        column = recipients.c[kind]
        return case((column > LONGEST_RUN, LONGEST_RUN), else_=column)
    at = recipients.c[{"sent": "last_sent_at", "new": "first_sent_at"}.get(kind, f"last_{kind}_at")]
    return case((at == 0, NEVER), else_=at.op("/")(literal_column(str(HOUR))))
