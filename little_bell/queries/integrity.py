"""Whether the database is whole, as far as it can say so itself."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from little_bell.models.tables import (
    campaigns,
    journal_positions,
    message_events,
    message_quarters,
    messages,
    projector_lease,
    webhook_endpoints,
    webhook_receipts,
)

MOST_PROBLEMS = 20
_INVALID_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready"
_LOOSE_KEYS = "SELECT conname FROM pg_constraint WHERE NOT convalidated"


def damages(connection: Connection) -> list[str]:
    """What the database finds damaged: pages and references of SQLite, indexes and constraints of PostgreSQL."""
    if connection.dialect.name == "sqlite":
        said = [str(row[0]) for row in connection.execute(text(f"PRAGMA integrity_check({MOST_PROBLEMS})"))]
        loose = connection.execute(text("PRAGMA foreign_key_check")).fetchmany(MOST_PROBLEMS)
        return [line for line in said if line != "ok"] + [f"{row[0]} row {row[1]} refers to a {row[2]} that isn't there" for row in loose]
    invalid = [f"the index {row[0]} isn't valid" for row in connection.execute(text(_INVALID_INDEXES))]
    return invalid + [f"the constraint {row[0]} isn't validated" for row in connection.execute(text(_LOOSE_KEYS))]


def miscounted_messages(connection: Connection) -> list[str]:
    """Campaigns whose count of registered messages isn't what there is."""
    alive = campaigns.c.deleted_at.is_(None)
    there = select(messages.c.campaign_id, func.count().label("n")).where(messages.c.is_test.is_(False)).group_by(messages.c.campaign_id)
    said = select(message_quarters.c.campaign_id, func.sum(message_quarters.c.created).label("n")).group_by(message_quarters.c.campaign_id)
    is_, counted = there.subquery(), said.subquery()
    statement = (
        select(campaigns.c.id, func.coalesce(is_.c.n, 0).label("there"), func.coalesce(counted.c.n, 0).label("counted"))
        .outerjoin_from(campaigns, is_, is_.c.campaign_id == campaigns.c.id)
        .outerjoin(counted, counted.c.campaign_id == campaigns.c.id)
        .where(alive, func.coalesce(is_.c.n, 0) != func.coalesce(counted.c.n, 0))
        .order_by(campaigns.c.id)
    )
    return [f"campaign {row.id}: {row.counted} messages are counted, {row.there} are there" for row in connection.execute(statement)]


def positions(connection: Connection) -> dict[str, tuple[int, int]]:
    """Up to where each journal is folded: segment and offset."""
    table = journal_positions.c
    return {row.journal: (row.segment, row.offset) for row in connection.execute(select(table.journal, table.segment, table.offset))}


def event_ids(connection: Connection) -> tuple[int, int]:
    """The largest id of an event that is there, and the next that will be given."""
    largest = connection.execute(select(func.coalesce(func.max(message_events.c.id), 0))).scalar_one()
    return int(largest), int(connection.execute(select(projector_lease.c.next_event_id)).scalar() or 1)


def message_total(connection: Connection) -> int:
    """How many messages there are of campaigns that aren't deleted: what a recount goes through."""
    alive = select(campaigns.c.id).where(campaigns.c.deleted_at.is_(None))
    return int(connection.execute(select(func.count()).select_from(messages).where(messages.c.campaign_id.in_(alive))).scalar_one())


@dataclass(frozen=True, slots=True)
class Reporting:
    """What providers report: endpoints that are set up, receipts that are kept by provider, and how many of them wait for long."""

    endpoints: int
    receipts: dict[str, int]
    waiting: int


def reporting(connection: Connection, before: datetime) -> Reporting:
    """The same; those wait for long that came before a time and weren't handled."""
    endpoints = connection.execute(select(func.count()).select_from(webhook_endpoints)).scalar_one()
    counted = select(webhook_receipts.c.provider, func.count()).group_by(webhook_receipts.c.provider)
    waits = (webhook_receipts.c.handled_at.is_(None), webhook_receipts.c.received_at < before)
    waiting = connection.execute(select(func.count()).select_from(webhook_receipts).where(*waits)).scalar_one()
    return Reporting(endpoints, {row[0]: row[1] for row in connection.execute(counted)}, waiting)
