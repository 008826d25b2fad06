"""Reports that are pinned to a set of sums which was kept under a name (`stats rejudge --keep-as`)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from little_bell.domain.errors import NotFound
from little_bell.domain.metrics import COUNTS, metrics
from little_bell.domain.verdicts.reasons import VERSIONS
from little_bell.models.tables import campaigns, kept_campaigns, kept_cohorts, kept_sets
from little_bell.queries.campaigns import CampaignRow, live
from little_bell.queries.links import LinkRow
from little_bell.queries.overview import Summary, in_period, of_live_campaigns, refuse_backwards


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set: its name, the version of the rules it was judged by and what that says, and when it was made."""

    name: str
    rules: int
    says: str
    made_at: datetime


def list_sets(connection: Connection) -> list[SetRow]:
    """All sets, the newest first."""
    rows = connection.execute(select(kept_sets.c.name, kept_sets.c.rules, kept_sets.c.made_at).order_by(kept_sets.c.id.desc()))
    return [SetRow(row.name, row.rules, VERSIONS[row.rules].says if row.rules in VERSIONS else "", row.made_at) for row in rows]


def find_set(connection: Connection, name: str) -> int:
    """The id of a set. Raises NotFound."""
    set_id = connection.execute(select(kept_sets.c.id).where(kept_sets.c.name == name)).scalar()
    if set_id is None:
        raise NotFound("there is no such set", "set")
    return int(set_id)


def pinned_campaigns(connection: Connection, tenant_id: int, rows: Sequence[CampaignRow], set_name: str) -> list[CampaignRow]:
    """The campaigns with the metrics of the set; one that wasn't there yet has none of anything. Raises NotFound for the set."""
    known = _campaigns(connection, tenant_id, find_set(connection, set_name), [row.id for row in rows])
    return [replace(row, metrics=_metrics(known.get(row.id, ({}, {}))[0])) for row in rows]


def pinned_links(connection: Connection, tenant_id: int, campaign_id: int, rows: Sequence[LinkRow], set_name: str) -> list[LinkRow]:
    """A campaign's links with the clicks of the set, the most clicked first."""
    _, links = _campaigns(connection, tenant_id, find_set(connection, set_name), [campaign_id]).get(campaign_id, ({}, {}))
    pinned = []
    for row in rows:
        clicks, human, unique, unique_human = links.get(str(row.id), (0, 0, 0, 0))
        pinned.append(replace(row, clicks=clicks, human_clicks=human, unique_clicks=unique, unique_human_clicks=unique_human))
    return sorted(pinned, key=lambda row: (-row.clicks, row.id))


def pinned_summary(connection: Connection, tenant_id: int, set_name: str, start: datetime | None, end: datetime | None) -> Summary:
    """As overview.summary(), from the sums of the set. Raises NotFound, Invalid."""
    refuse_backwards(start, end)
    set_id, total = find_set(connection, set_name), select(func.count()).select_from(campaigns).where(live(tenant_id))
    table = kept_campaigns if start is None and end is None else kept_cohorts
    mine = (table.c.set_id == set_id, table.c.tenant_id == tenant_id, live(tenant_id))
    periods = in_period(table, start, end) if table is kept_cohorts else []
    counts: Counter[str] = Counter()
    for told in connection.execute(select(table.c.counts).select_from(of_live_campaigns(table)).where(*mine, *periods)).scalars():
        counts.update(told)
    return Summary(connection.execute(total).scalar_one(), _metrics(counts))


def _campaigns(
    connection: Connection, tenant_id: int, set_id: int, campaign_ids: Sequence[int]
) -> dict[int, tuple[dict[str, int], dict[str, list[int]]]]:
    table = kept_campaigns.c
    mine = (table.set_id == set_id, table.tenant_id == tenant_id, table.campaign_id.in_(campaign_ids))
    return {row.campaign_id: (row.counts, row.links) for row in connection.execute(select(kept_campaigns).where(*mine))}


def _metrics(counts: dict[str, int]) -> dict[str, int | float | None]:
    """`moved` only stands in the sums of a period: messages registered in it and handed over in another, or the other way round."""
    total = counts.get("created", 0) + counts.get("moved", 0)
    return metrics(total, {name: counts.get(name, 0) for name in COUNTS}, counts.get("suppressed", 0))
