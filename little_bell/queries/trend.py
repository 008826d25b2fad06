"""The last campaigns one after the other: each one's rates, and the median of those around it."""

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, and_, select

from little_bell.domain.metrics import COUNTS, RATES, rate
from little_bell.models.tables import campaign_stats, campaigns
from little_bell.queries.campaigns import live

#: The median is of a campaign and those before it, so many in all.
WINDOW = 5
MOST = 200


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A campaign with what was sent and delivered, its rates in percent, and `medians` of the same rates over the last WINDOW."""

    campaign_id: int
    name: str
    created_at: datetime
    sent: int
    delivered: int
    rates: dict[str, float | None]
    medians: dict[str, float | None]


def trend(connection: Connection, tenant_id: int, limit: int = 20) -> list[TrendRow]:
    """The tenant's last campaigns that sent anything, the oldest first."""
    joined = campaigns.join(campaign_stats, and_(campaign_stats.c.tenant_id == tenant_id, campaign_stats.c.campaign_id == campaigns.c.id))
    columns = (campaigns.c.id, campaigns.c.name, campaigns.c.created_at, *(campaign_stats.c[name] for name in COUNTS))
    wanted = select(*columns).select_from(joined).where(live(tenant_id), campaign_stats.c.sent > 0)
    found = connection.execute(wanted.order_by(campaigns.c.id.desc()).limit(limit + WINDOW - 1)).all()[::-1]
    numbers = [dict(zip(COUNTS, row[3:], strict=True)) for row in found]
    rates = [{name: rate(one[over], one[under]) for name, (over, under) in RATES.items()} for one in numbers]
    medians = [_medians(rates[max(0, place - WINDOW + 1) : place + 1]) for place in range(len(rates))]
    each = zip(found, numbers, rates, medians, strict=True)
    rows = [TrendRow(row.id, row.name, row.created_at, one["sent"], one["delivered"], own, around) for row, one, own, around in each]
    return rows[-limit:]


def _medians(rates: list[dict[str, float | None]]) -> dict[str, float | None]:
    known = {name: [value for one in rates if (value := one[name]) is not None] for name in RATES}
    return {name: round(median(values), 2) if values else None for name, values in known.items()}
