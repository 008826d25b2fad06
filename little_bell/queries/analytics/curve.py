"""How fast a campaign was opened and clicked, counted from each message's hand-over."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.delays import POINTS, median, reached
from little_bell.domain.sums import DELAY_COUNTS
from little_bell.models.tables import delay_stats


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How many messages had been opened or clicked for the first time so many seconds after their hand-over."""

    since: int
    opened: int
    human_opened: int
    clicked: int
    human_clicked: int


@dataclass(frozen=True, slots=True)
class SendCurve:
    """The points of the curve, ascending, and the medians of what came, in seconds; None where nothing did."""

    points: list[CurvePoint]
    median_open: int | None
    median_human_open: int | None
    median_click: int | None
    median_human_click: int | None


def send_curve(connection: Connection, tenant_id: int, campaign_id: int) -> SendCurve:
    """First opens and clicks by the time since the message's `sent_at` (else `created_at`)."""
    table = delay_stats.c
    columns = (table.step, *(table[name] for name in DELAY_COUNTS))
    rows = connection.execute(select(*columns).where(table.tenant_id == tenant_id, table.campaign_id == campaign_id)).all()
    counts = [{row[0]: row[place] for row in rows} for place in range(1, len(columns))]
    points = [CurvePoint(*row) for row in zip(POINTS, *map(reached, counts), strict=True)]
    return SendCurve(points, *map(median, counts))
