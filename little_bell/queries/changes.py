"""What judging history again does to campaigns: their numbers before and after it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from little_bell.domain.metrics import COUNTS, metrics
from little_bell.models.tables import campaign_stats, campaigns, tenants

#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000
Metrics = dict[str, int | float | None]


@dataclass(frozen=True, slots=True)
class CampaignChange:
    """A campaign with its metrics before and after. Only what is judged differs."""

    tenant: str
    id: int
    name: str
    before: Metrics
    after: Metrics


def campaigns_changed(
    connection: Connection, changes: Mapping[tuple[int, int], Sequence[int]], *, is_written: bool
) -> list[CampaignChange]:
    """The campaigns (by tenant and id) whose counts change by what stands in `changes`, those with the most of it first.

    `is_written`: the sums that are stored are those after it.
    """
    wanted = {key[1]: more for key, more in changes.items() if any(more)}
    found = []
    for row in _rows(connection, sorted(wanted)):
        stored, more = row[4:], wanted[row.id]
        other = [a - b if is_written else a + b for a, b in zip(stored, more, strict=True)]
        before, after = (other, stored) if is_written else (stored, other)
        found.append(CampaignChange(row.slug, row.id, row.name, _metrics(before), _metrics(after)))
    return sorted(found, key=lambda one: (-sum(map(abs, wanted[one.id])), one.id))


def _rows(connection: Connection, ids: Sequence[int]) -> Iterator[Any]:
    counts = [campaign_stats.c[name] for name in COUNTS]
    statement = (
        select(tenants.c.slug, campaigns.c.tenant_id, campaigns.c.id, campaigns.c.name, *counts)
        .join_from(campaigns, campaign_stats, campaign_stats.c.campaign_id == campaigns.c.id)
        .join(tenants, tenants.c.id == campaigns.c.tenant_id)
    )
    rest = iter(ids)
    while some := list(islice(rest, MANY)):
        yield from connection.execute(statement.where(campaigns.c.id.in_(some)))


def _metrics(counts: Sequence[int]) -> Metrics:
    named = dict(zip(COUNTS, counts, strict=True))
    return metrics(named["sent"] + named["rejected"], named)
