"""How fast a campaign was opened and clicked, counted from each message's hand-over."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, select

from little_bell.domain.delays import POINTS, median, reached, step_of
from little_bell.models import to_micros
from little_bell.models.tables import messages

NAMES = ("opened", "human_opened", "clicked", "human_clicked")


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
    table = messages.c
    columns = (table.sent_at, table.created_at, table.opened_at, table.human_opened_at, table.clicked_at, table.human_clicked_at)
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id, table.is_tracked, ~table.is_test)
    counts: list[Counter[int]] = [Counter() for _ in NAMES]
    for sent_at, created_at, *times in connection.execute(select(*columns).where(*mine)):
        for name, at in enumerate(times):
            if at is not None:
                counts[name][step_of(to_micros(at) - to_micros(sent_at or created_at))] += 1
    points = [CurvePoint(*row) for row in zip(POINTS, *map(reached, counts), strict=True)]
    return SendCurve(points, *map(median, counts))
