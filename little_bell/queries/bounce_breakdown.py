"""What the bounces of a period have in common: kind, category, mailbox domain, campaign."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from little_bell.models.tables import bounces
from little_bell.queries.campaigns import campaign_names

#: Of more bounces than this the newest are looked at: a page must not cost more because there are more.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How many bounces were of which kind. `is_partial`: only the newest MOST were looked at."""

    hard: int
    soft: int
    categories: list[tuple[str, bool, int]]
    domains: list[tuple[str, int, int]]  # domain, hard, soft
    campaigns: list[tuple[int, str, int]]
    is_partial: bool


def bounce_breakdown(connection: Connection, tenant_id: int, start: datetime | None, end: datetime, most: int = 10) -> Breakdown:
    """The bounces of [start, end), each list with its `most` frequent first. One index serves it (ix_bounces_period)."""
    table = bounces.c
    mine = [table.tenant_id == tenant_id, table.occurred_at < end]
    if start is not None:
        mine.append(table.occurred_at >= start)
    columns = (table.campaign_id, table.domain, table.is_hard, table.category)
    newest = select(*columns).where(*mine).order_by(table.occurred_at.desc()).limit(MOST).subquery()
    groups = connection.execute(select(*newest.c, func.count()).group_by(*newest.c)).all()
    names = campaign_names(connection, tenant_id, {row[0] for row in groups})
    kinds: Counter[bool] = Counter()
    categories: Counter[tuple[str, bool]] = Counter()
    domains: Counter[str] = Counter()
    hard: Counter[str] = Counter()
    by_campaign: Counter[int] = Counter()
    for campaign_id, domain, is_hard, category, count in map(tuple, groups):
        if campaign_id in names:
            kinds[bool(is_hard)] += count
            categories[category, bool(is_hard)] += count
            domains[domain] += count
            hard[domain] += count if is_hard else 0
            by_campaign[campaign_id] += count
    return Breakdown(
        kinds[True],
        kinds[False],
        [(category, is_hard, count) for (category, is_hard), count in categories.most_common(most)],
        [(domain, hard[domain], count - hard[domain]) for domain, count in domains.most_common(most)],
        [(campaign_id, names[campaign_id], count) for campaign_id, count in by_campaign.most_common(most)],
        sum(row[-1] for row in groups) >= MOST,
    )
