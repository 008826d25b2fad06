"""What a fold leaves in the tables besides events, states and clicks: sums, bounces, what was set aside."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from little_bell.domain.addresses import address_key
from little_bell.domain.bounces import is_dead
from little_bell.domain.events import BounceType, Event
from little_bell.domain.metrics import COUNTS
from little_bell.domain.sums import COHORT_COUNTS, DELAY_COUNTS, LINK_COUNTS, QUARTER_COUNTS, TRAIT_COUNTS, Sums
from little_bell.journal.records import Hit, encode_one
from little_bell.models import from_micros, now
from little_bell.models.tables import (
    bounce_stats,
    bounces,
    campaign_stats,
    cohort_quarters,
    delay_stats,
    event_quarters,
    link_stats,
    mailbox_stats,
    parked_records,
    projector_counts,
    trait_stats,
    variant_stats,
)

#: Hits whose token isn't known wait so long and so many; then the oldest go, and are counted.
PARKED_FOR = timedelta(hours=72)
MAX_PARKED = 1_000_000
#: A flood expires as it came: so many at a time keep other writers waiting some tens of milliseconds.
EXPIRE_STEP = 5_000

#: The key of trait_stats and trait_baselines.
TRAIT_KEY = ("tenant_id", "campaign_id", "trait", "value")

Rows = list[dict[str, Any]]


def upsert(
    connection: Connection,
    table: Table,
    rows: Rows,
    *,
    add: Sequence[str] = (),
    put: Sequence[str] = (),
    where: ColumnElement[bool] | None = None,
) -> None:
    """Insert rows; where the primary key is there already, add to the `add` columns and replace the `put` columns (of rows `where`)."""
    if not rows:
        return
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    changes = {name: table.c[name] + statement.excluded[name] for name in add} | {name: statement.excluded[name] for name in put}
    connection.execute(statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes, where=where), rows)


def write_sums(connection: Connection, sums: Sums, touched: Iterable[tuple[int, int]], fold: int) -> None:
    """Add a fold's sums to the rollups; every touched (tenant, campaign) is marked as changed in this fold."""
    nothing = [0] * len(COUNTS)
    campaigns: Rows = [
        {"tenant_id": key[0], "campaign_id": key[1], "changed_in": fold, **dict(zip(COUNTS, sums.campaigns.get(key, nothing), strict=True))}
        for key in sorted(set(touched))
    ]
    upsert(connection, campaign_stats, campaigns, add=COUNTS, put=["changed_in"])
    for table, rows, names in rows_of(sums):
        upsert(connection, table, rows, add=names)


def rows_of(sums: Sums) -> Iterator[tuple[Table, Rows, Sequence[str]]]:
    """What the sums add to each rollup but that of whole campaigns, and to which columns."""
    yield cohort_quarters, _by_quarter(sums.cohorts, COHORT_COUNTS), COHORT_COUNTS
    yield event_quarters, _by_quarter(sums.quarters, QUARTER_COUNTS), QUARTER_COUNTS
    links: Rows = [
        {"tenant_id": tenant_id, "link_id": link_id, "campaign_id": campaign_id, **dict(zip(LINK_COUNTS, counts, strict=True))}
        for (tenant_id, link_id, campaign_id), counts in sorted(sums.links.items())
    ]
    yield link_stats, links, LINK_COUNTS
    names = ("tenant_id", "campaign_id", "bounce_type", "category", "reason")
    told: Rows = [{**dict(zip(names, key, strict=True)), "bounced": change} for key, change in sorted(sums.bounces.items()) if change]
    yield bounce_stats, told, ["bounced"]
    yield delay_stats, keyed(("tenant_id", "campaign_id", "step"), DELAY_COUNTS, sums.delays), DELAY_COUNTS
    yield mailbox_stats, keyed(("tenant_id", "campaign_id", "mailbox"), COUNTS, sums.mailboxes), COUNTS
    yield variant_stats, keyed(("tenant_id", "campaign_id", "variant"), COUNTS, sums.variants), COUNTS
    yield trait_stats, keyed(TRAIT_KEY, TRAIT_COUNTS, sums.traits), TRAIT_COUNTS


def keyed(key: Sequence[str], columns: Sequence[str], sums: Mapping[Any, list[int]]) -> Rows:
    """Rows of sums, in the order of their keys; those that come to nothing are left out."""
    named = ((dict(zip(key, values, strict=True)), counts) for values, counts in sorted(sums.items()))
    return [row | dict(zip(columns, counts, strict=True)) for row, counts in named if any(counts)]


def _by_quarter(sums: Mapping[tuple[int, int, int], list[int]], columns: Sequence[str]) -> Rows:
    return [
        {"tenant_id": tenant_id, "campaign_id": campaign_id, "quarter": from_micros(quarter), **dict(zip(columns, counts, strict=True))}
        for (tenant_id, campaign_id, quarter), counts in sorted(sums.items())
    ]


def write_bounces(connection: Connection, bounced: Iterable[tuple[Event, str]], recipients: Mapping[int, str]) -> None:
    """One row for each bounce, as it was reported, and by whom."""
    rows: Rows = []
    for event, source in bounced:
        if event.bounce is not None:
            told, recipient = event.bounce, recipients[event.message_id]
            address = address_key(recipient)
            rows.append(
                {
                    "id": event.id,
                    "tenant_id": event.tenant_id,
                    "campaign_id": event.campaign_id,
                    "message_id": event.message_id,
                    "recipient_email": recipient,
                    "address": address,
                    "domain": address.rpartition("@")[2][:255],
                    "bounce_type": told.bounce_type,
                    "bounce_subtype": told.subtype,
                    "category": told.category,
                    "is_hard": is_dead(told.bounce_type == BounceType.PERMANENT, told.category, told.diagnostic_code or told.reason),
                    "reason": told.reason,
                    "diagnostic_code": told.diagnostic_code,
                    "source": source,
                    "occurred_at": event.occurred_at,
                }
            )
    if rows:
        connection.execute(bounces.insert(), rows)


def park(connection: Connection, hits: list[Hit], room: int) -> int:
    """Keep hits whose message isn't known yet; the oldest go where there is no room for all. Returns how many went."""
    rows = [{"token": hit.token, "received_at": from_micros(hit.received_at), "record": encode_one(hit)} for hit in hits]
    if rows:
        connection.execute(parked_records.insert(), rows)
    excess = len(rows) - room
    if excess <= 0:
        return 0
    oldest = select(parked_records.c.id).order_by(parked_records.c.id).limit(excess)
    return connection.execute(delete(parked_records).where(parked_records.c.id.in_(oldest.scalar_subquery()))).rowcount


def expire_parked(connection: Connection) -> int:
    """Let go of some of the hits that waited too long, and count them; how many."""
    expired = select(parked_records.c.id).where(parked_records.c.received_at < now() - PARKED_FOR).limit(EXPIRE_STEP)
    gone = connection.execute(delete(parked_records).where(parked_records.c.id.in_(expired.scalar_subquery()))).rowcount
    add_counts(connection, Counter(parked_expired=gone))
    return gone


def count_parked(connection: Connection) -> int:
    """How many hits wait for their message."""
    return connection.execute(select(func.count()).select_from(parked_records)).scalar_one()


def add_counts(connection: Connection, counts: Counter[str]) -> None:
    """Count why events weren't counted."""
    upsert(connection, projector_counts, [{"name": name, "events": n} for name, n in sorted(counts.items()) if n], add=["events"])
