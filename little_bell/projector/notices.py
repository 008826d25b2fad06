"""What providers told: each event once, for the message that it is about. What finds none yet waits and is tried again."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from little_bell.domain.events import MINUTE
from little_bell.journal.records import Notice, Receipt, encode_one
from little_bell.models import from_micros, now
from little_bell.models.tables import provider_events, provider_stats, webhook_receipts
from little_bell.projector.addressees import find_messages
from little_bell.projector.forgotten import forgotten
from little_bell.projector.states import MANY
from little_bell.projector.write import Rows, upsert

#: A provider's open or click is placed when our own, of the same moment, must have been: then no order of arrival matters.
HOLD = 10 * 1_000_000
#: What finds no message is tried again after as long as it is old, and given up after three days.
FIRST_WAIT, GIVE_UP = 5 * 1_000_000, 72 * 60 * MINUTE
#: `routed` is on its way to whoever folds its message.
PLACED, WAITING, UNMATCHED, ROUTED = "placed", "waiting", "unmatched", "routed"
#: Of recipients who were forgotten.
GONE = "erased"
#: What is never looked at again.
SETTLED = (PLACED, GONE)
READERS = frozenset({"opened", "clicked"})
STATS = ("opens", "merged_opens", "clicks", "merged_clicks")
LONGEST_OUTCOME = 255
#: Receipts that go at a time, each with some events or some thousand.
FORGET_STEP = 20

Key = tuple[int, str, bytes]
Name = tuple[int, str, str]


@dataclass(slots=True)
class Told:
    """A batch of notices: those to place, with their messages, and what is to be written of all of them."""

    receipts: list[Receipt] = field(default_factory=list)
    receipt_ids: dict[Name, int] = field(default_factory=dict)
    found: list[tuple[Notice, int]] = field(default_factory=list)
    outcomes: Rows = field(default_factory=list)
    of_rows: list[Name] = field(default_factory=list)  # the receipts' names, beside `outcomes`
    stats: dict[tuple[int, int, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    counts: Counter[str] = field(default_factory=Counter)

    def settle(self, notice: Notice, outcome: str, *, message_id: int | None = None, due_at: int | None = None) -> None:
        """Note what has become of a notice. One that waits keeps its record."""
        row = {"tenant_id": notice.tenant_id, "provider": notice.provider, "key": notice.key, "outcome": outcome, "message_id": message_id}
        record = encode_one(notice) if due_at is not None else None
        self.outcomes.append(row | {"due_at": due_at and from_micros(due_at), "record": record})
        self.of_rows.append(_receipt_of(notice))

    def count(self, notice: Notice, campaign_id: int, is_merged: bool) -> None:
        """Count a provider's open or click beside ours."""
        kind = "opens" if notice.type == "opened" else "clicks"
        counter = self.stats[notice.tenant_id, campaign_id, notice.provider]
        counter[kind] += 1
        counter[f"merged_{kind}"] += is_merged


def read_notices(connection: Connection, receipts: Sequence[Receipt], notices: Sequence[Notice], moment: int) -> Told:
    """The notices of a batch. One that was placed before, or came under another request's name, makes nothing."""
    told = Told()
    digests = _known_receipts(connection, [*receipts, *notices], told)
    for receipt in receipts:
        name = (receipt.tenant_id, receipt.provider, receipt.external_id)
        if digests.setdefault(name, receipt.digest) == receipt.digest:
            told.receipts.append(receipt)
        else:  # a signature that doesn't cover the body, with another body
            told.counts["webhook_replayed"] += 1
    believed = [notice for notice in notices if digests.get(_receipt_of(notice), notice.digest) == notice.digest]
    fresh = _fresh(connection, believed, told.counts)
    due: list[Notice] = []
    for notice in fresh:
        if notice.type in READERS and moment < (notice.stated_at or 0) + HOLD:
            told.settle(notice, WAITING, due_at=min(notice.stated_at or 0, moment) + HOLD)
        else:
            due.append(notice)
    found = find_messages(connection, due)
    lost = {token for notice, message_id in zip(due, found, strict=True) if message_id is None for token in notice.tokens}
    nobodys = forgotten(connection, lost)
    for notice, message_id in zip(due, found, strict=True):
        if message_id is not None:
            told.found.append((notice, message_id))
        elif nobodys.intersection(notice.tokens):
            told.settle(notice, GONE)
            told.counts["deleted"] += 1
        else:
            _let_wait(told, notice, moment)
    return told


def _let_wait(told: Told, notice: Notice, moment: int) -> None:
    age = max(moment - notice.received_at, FIRST_WAIT)
    if age > GIVE_UP:
        told.settle(notice, UNMATCHED)
        told.counts["notice_unmatched"] += 1
    else:
        told.settle(notice, UNMATCHED, due_at=moment + age)


def _receipt_of(record: Receipt | Notice) -> Name:
    name = record.external_id if isinstance(record, Receipt) else record.receipt
    return record.tenant_id, record.provider, name


def _known_receipts(connection: Connection, records: Iterable[Receipt | Notice], told: Told) -> dict[Name, str]:
    """The digests of receipts that are there; their ids go into `told`."""
    names = sorted({_receipt_of(record) for record in records})
    table, digests = webhook_receipts.c, {}
    for start in range(0, len(names), MANY // 3):
        these = tuple_(table.tenant_id, table.provider, table.external_id).in_(names[start : start + MANY // 3])
        rows = select(table.id, table.tenant_id, table.provider, table.external_id, table.digest).where(these)
        for row in connection.execute(rows):
            name = (row.tenant_id, row.provider, row.external_id)
            told.receipt_ids[name], digests[name] = row.id, row.digest
    return digests


def _fresh(connection: Connection, notices: Sequence[Notice], counts: Counter[str]) -> list[Notice]:
    """Without those that were placed before, and only the first of each key."""
    placed = _placed(connection, notices)
    fresh: dict[Key, Notice] = {}
    for notice in notices:
        key = (notice.tenant_id, notice.provider, notice.key)
        if key not in placed:
            fresh.setdefault(key, notice)
    counts["notice_repeated"] += len(notices) - len(fresh)
    return list(fresh.values())


def _placed(connection: Connection, notices: Sequence[Notice]) -> set[Key]:
    table, found = provider_events.c, set()
    by_provider: dict[tuple[int, str], list[bytes]] = defaultdict(list)
    for notice in notices:
        by_provider[notice.tenant_id, notice.provider].append(notice.key)
    for (tenant_id, provider), keys in by_provider.items():
        for start in range(0, len(keys), MANY):
            mine = (table.tenant_id == tenant_id, table.provider == provider, table.outcome.in_(SETTLED))
            rows = connection.execute(select(table.key).where(*mine, table.key.in_(keys[start : start + MANY])))
            found |= {(tenant_id, provider, bytes(key)) for key in rows.scalars()}
    return found


def write_notices(connection: Connection, told: Told) -> None:
    """Keep the receipts and what has become of each notice."""
    for receipt in told.receipts:
        _write_receipt(connection, receipt, told)
    rows = [row | {"receipt_id": told.receipt_ids.get(name, 0)} for row, name in zip(told.outcomes, told.of_rows, strict=True)]
    # One that was placed meanwhile, by whoever folds its message, stays so.
    upsert(connection, provider_events, rows, put=["outcome", "message_id", "due_at", "record"], where=provider_events.c.outcome != PLACED)
    names = ("tenant_id", "campaign_id", "provider")
    stats = [dict(zip(names, key, strict=True)) | {name: counter[name] for name in STATS} for key, counter in sorted(told.stats.items())]
    upsert(connection, provider_stats, stats, add=STATS)


def _write_receipt(connection: Connection, receipt: Receipt, told: Told) -> None:
    name, table = _receipt_of(receipt), webhook_receipts
    if name in told.receipt_ids:
        again = update(table).where(table.c.id == told.receipt_ids[name]).values(deliveries=table.c.deliveries + 1)
        connection.execute(again)
        return
    values: dict[str, Any] = {
        "tenant_id": receipt.tenant_id,
        "provider": receipt.provider,
        "external_id": receipt.external_id,
        "digest": receipt.digest,
        "headers": receipt.headers,
        "body": receipt.body,
        "received_at": from_micros(receipt.received_at),
        "handled_at": now(),
        "events": receipt.events,
        "deliveries": 1,
        "state": "matched" if receipt.events > len(receipt.unknown) else "ignored",
        "outcome": ("not known: " + ", ".join(receipt.unknown))[:LONGEST_OUTCOME] if receipt.unknown else None,
    }
    told.receipt_ids[name] = int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def forget_step(connection: Connection, before: datetime) -> int:
    """Let go of some receipts that came before a time, with what made their events count once; how many. Ids grow with time."""
    table = webhook_receipts.c
    oldest = select(table.id, table.received_at).where(table.digest.is_not(None)).order_by(table.id).limit(FORGET_STEP)
    old = [row.id for row in connection.execute(oldest) if row.received_at < before]
    if old:
        connection.execute(delete(provider_events).where(provider_events.c.receipt_id.in_(old)))
        connection.execute(delete(webhook_receipts).where(table.id.in_(old)))
    return len(old)
