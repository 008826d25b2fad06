"""The campaigns of a period beside one another, by what became of what was sent in it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from little_bell.domain.metrics import RATES, rate
from little_bell.models.tables import campaign_stats, campaigns, cohort_quarters
from little_bell.queries.campaigns import live
from little_bell.queries.overview import in_period, of_live_campaigns

#: A rate of fewer messages than this says nothing about a campaign.
ENOUGH = 20
SUMS = ("sent", "delivered", "opened", "human_opened", "clicked", "human_clicked", "bounced")


@dataclass(frozen=True, slots=True)
class RankedCampaign:
    """A campaign with the rates of its messages of the period, in percent."""

    id: int
    name: str
    sent: int
    rates: dict[str, float | None]


def ranked_campaigns(
    connection: Connection, tenant_id: int, start: datetime | None = None, end: datetime | None = None, *, by: str = "human_open_rate"
) -> list[RankedCampaign]:
    """The campaigns of which ENOUGH messages were delivered among those sent in [start, end), by one of domain.metrics.RATES,
    the highest first. Without a start and an end: of all time.
    """
    table = campaign_stats if start is None and end is None else cohort_quarters
    sums = [func.sum(table.c[name]) for name in SUMS]
    statement = (
        select(campaigns.c.id, campaigns.c.name, *sums)
        .select_from(of_live_campaigns(table))
        .where(table.c.tenant_id == tenant_id, live(tenant_id))
        .group_by(campaigns.c.id, campaigns.c.name)
        .having(func.sum(table.c.delivered) >= ENOUGH)
    )
    if table is cohort_quarters:
        statement = statement.where(*in_period(table, start, end))
    rows = [_ranked(*row) for row in connection.execute(statement)]
    return sorted(rows, key=lambda row: (-(row.rates[by] or 0), -row.id))


def _ranked(campaign_id: int, name: str, *sums: int) -> RankedCampaign:
    counts = dict(zip(SUMS, map(int, sums), strict=True))
    rates = {one: rate(counts[over], counts[under]) for one, (over, under) in RATES.items() if over in counts and under in counts}
    return RankedCampaign(campaign_id, name, counts["sent"], rates)
