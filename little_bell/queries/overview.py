"""The tenant at a glance: sums and rates, of all time or of a period."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, FromClause, Table, func, select

from little_bell.domain.errors import Invalid
from little_bell.domain.metrics import COUNTS, metrics
from little_bell.models.tables import campaign_stats, campaigns, cohort_quarters, message_quarters
from little_bell.queries.campaigns import live

QUARTER_HOUR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Summary:
    """`metrics` holds everything of domain.metrics.metrics(), over all campaigns."""

    total_campaigns: int
    metrics: dict[str, int | float | None]


def summary(connection: Connection, tenant_id: int, start: datetime | None = None, end: datetime | None = None) -> Summary:
    """Sums over the messages whose `sent_at` (else `created_at`) lies in [start, end), in whole quarter-hours.

    Without a start and an end: over all. Raises Invalid for a period that ends before it begins.
    """
    refuse_backwards(start, end)
    total_campaigns = connection.execute(select(func.count()).select_from(campaigns).where(live(tenant_id))).scalar_one()
    created, suppressed = _sums(connection, tenant_id, message_quarters, ("created", "suppressed"), start, end)
    if start is None and end is None:
        counts = _sums(connection, tenant_id, campaign_stats, COUNTS)
    else:
        moved, *counts = _sums(connection, tenant_id, cohort_quarters, ("moved", *COUNTS), start, end)
        created += moved
    return Summary(total_campaigns, metrics(created, dict(zip(COUNTS, counts, strict=True)), suppressed))


def refuse_backwards(start: datetime | None, end: datetime | None) -> None:
    """Raises Invalid for a period that ends before it begins."""
    if start is not None and end is not None and end < start:
        raise Invalid("the period ends before it begins", "end")


def quarter_of(when: datetime) -> datetime:
    """The start of the UTC quarter-hour that `when` lies in."""
    return when - timedelta(minutes=when.minute % 15, seconds=when.second, microseconds=when.microsecond)


def of_live_campaigns(table: Table) -> FromClause:
    """A rollup joined with its campaigns, so that deleted ones can be left out."""
    return table.join(campaigns, campaigns.c.id == table.c.campaign_id)


def in_period(table: Table, start: datetime | None, end: datetime | None) -> list[Any]:
    """The conditions that a rollup's quarter-hour begins in [start, end); `start` is moved back to a whole one."""
    conditions = []
    if start is not None:
        conditions.append(table.c.quarter >= quarter_of(start))
    if end is not None:
        conditions.append(table.c.quarter < end)
    return conditions


def _sums(
    connection: Connection,
    tenant_id: int,
    table: Table,
    names: tuple[str, ...],
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[int]:
    sums = [func.coalesce(func.sum(table.c[name]), 0) for name in names]
    statement = select(*sums).select_from(of_live_campaigns(table)).where(table.c.tenant_id == tenant_id, live(tenant_id))
    return [int(value) for value in connection.execute(statement.where(*in_period(table, start, end))).one()]
