"""What the watch looks at: who changed, what a campaign did lately, what the campaigns before it did at the same age."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, select, union

from little_bell.domain.alerts import LEAST_SHARE, MOST_BEFORE, WINDOW, Share
from little_bell.domain.slugs import DEFAULT
from little_bell.models.tables import (
    alert_turn,
    alert_watches,
    alerts,
    campaign_stats,
    campaigns,
    cohort_quarters,
    event_quarters,
    tenants,
    webhook_endpoints,
    webhook_receipts,
)
from little_bell.queries.campaigns import live
from little_bell.queries.overview import QUARTER_HOUR, quarter_of

#: Of a tenant's newest campaigns so many are looked at to find MOST_BEFORE that can be compared.
LOOKED_BACK = 40

_cohorts = cohort_quarters.c
_opens = event_quarters.c


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that may be resolved."""

    id: int
    tenant_id: int
    kind: str
    subject: str
    campaign_id: int | None


@dataclass(frozen=True, slots=True)
class Lately:
    """A campaign's messages of the last WINDOW: `quiet` were sent before some time, `first_at` is when its first of all was."""

    sent: int
    delivered: int
    opened: int
    bounced: int
    complained: int
    quiet: int
    first_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A provider of a tenant, and when it last reported."""

    tenant_id: int
    provider: str
    last_at: datetime


def turn(connection: Connection) -> tuple[datetime, int]:
    """When the next look is due, and up to which fold was looked."""
    row = connection.execute(select(alert_turn.c.due_at, alert_turn.c.seen_fold)).one()
    return row.due_at, row.seen_fold


def open_alerts(connection: Connection) -> list[OpenAlert]:
    """All tenants'."""
    table = alerts.c
    statement = select(table.id, table.tenant_id, table.kind, table.subject, table.campaign_id).where(table.resolved_at.is_(None))
    return [OpenAlert(*row) for row in connection.execute(statement)]


def due_watches(connection: Connection, moment: datetime) -> list[tuple[int, int]]:
    """(tenant id, campaign id) of the campaigns that time alone may have changed something for."""
    table = alert_watches.c
    return [
        (row.tenant_id, row.campaign_id)
        for row in connection.execute(select(table.tenant_id, table.campaign_id).where(table.due_at <= moment))
    ]


def live_tenants(connection: Connection) -> frozenset[int]:
    """Those that are neither suspended nor deleted."""
    is_live = (tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None))
    return frozenset(connection.execute(select(tenants.c.id).where(*is_live)).scalars())


def lately(connection: Connection, tenant_id: int, campaign_id: int, moment: datetime, quiet_before: datetime) -> Lately | None:
    """What a campaign did in the WINDOW that ends now; None for one that is gone."""
    if connection.execute(select(campaigns.c.id).where(live(tenant_id), campaigns.c.id == campaign_id)).first() is None:
        return None
    mine = _of(cohort_quarters, tenant_id, campaign_id)
    names = ("sent", "delivered", "opened", "bounced", "complained")
    quiet = case((_cohorts.quarter <= quarter_of(quiet_before) - QUARTER_HOUR, _cohorts.sent), else_=0)
    sums = [func.coalesce(func.sum(column), 0) for column in (*(_cohorts[name] for name in names), quiet)]
    found = connection.execute(select(*sums).where(*mine, _cohorts.quarter >= quarter_of(moment - WINDOW))).one()
    first = _first_at(connection, tenant_id, campaign_id)
    sent, delivered, opened, bounced, complained, quiet_sent = (int(value) for value in found)
    return Lately(sent, delivered, opened, bounced, complained, quiet_sent, first)


def opens_at(connection: Connection, tenant_id: int, campaign_id: int, age: timedelta) -> Share | None:
    """Human opens of delivered messages up to an age counted from the first; None where too much went out later than that."""
    mine, first = _of(cohort_quarters, tenant_id, campaign_id), _first_at(connection, tenant_id, campaign_id)
    if first is None:
        return None
    within = (_cohorts.quarter >= first, _cohorts.quarter < first + age)
    delivered = _sum(connection, _cohorts.delivered, *mine, *within)
    total = _sum(connection, campaign_stats.c.delivered, *_of(campaign_stats, tenant_id, campaign_id))
    if not delivered or delivered < LEAST_SHARE * total:
        return None
    events = (_opens.quarter >= first, _opens.quarter < first + age)
    return Share(_sum(connection, _opens.human_opens, *_of(event_quarters, tenant_id, campaign_id), *events), delivered)


def opens_before(connection: Connection, tenant_id: int, campaign_id: int, age: timedelta, moment: datetime, least: int) -> list[float]:
    """What the campaigns before this one had at that age, in percent, the newest first: those that reached it and are large enough."""
    joined = campaigns.join(campaign_stats, and_(campaign_stats.c.tenant_id == tenant_id, campaign_stats.c.campaign_id == campaigns.c.id))
    is_comparable = (live(tenant_id), campaigns.c.id < campaign_id, campaign_stats.c.delivered >= least)
    ids = connection.execute(
        select(campaigns.c.id).select_from(joined).where(*is_comparable).order_by(campaigns.c.id.desc()).limit(LOOKED_BACK)
    ).scalars()
    found: list[float] = []
    for before in list(ids):
        first = _first_at(connection, tenant_id, before)
        if first is not None and first + age <= moment and (share := opens_at(connection, tenant_id, before, age)) is not None:
            found.append(share.value)
            if len(found) == MOST_BEFORE:
                break
    return found


def providers_that_report(connection: Connection, by_settings: Collection[str] = ()) -> list[Reported]:
    """The last webhook of each provider that is believed and that ever reported, of all tenants.

    `by_settings`: those whose secret the installation's settings hold; they are the tenant `default`'s.
    """
    ends, of = webhook_endpoints.c, tenants.c
    theirs = (select(of.id, literal(provider)).where(of.slug == DEFAULT) for provider in sorted(by_settings))
    # An endpoint of the tenant's own beside the setting is the same provider: a union holds it once.
    believed, receipts = union(select(ends.tenant_id, ends.provider), *theirs).subquery(), webhook_receipts.c
    newest = (
        select(receipts.received_at)
        .where(receipts.tenant_id == believed.c.tenant_id, receipts.provider == believed.c.provider, receipts.digest.is_not(None))
        .order_by(receipts.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(select(believed, newest.label("last_at"))).all()
    return [Reported(*row) for row in rows if row.last_at is not None]


def sent_since(connection: Connection, tenant_id: int, since: datetime) -> int:
    """How many messages the tenant sent after a time, of the campaigns that are watched."""
    table = alert_watches.c
    joined = alert_watches.join(cohort_quarters, and_(_cohorts.tenant_id == table.tenant_id, _cohorts.campaign_id == table.campaign_id))
    conditions = (table.tenant_id == tenant_id, _cohorts.quarter > since)
    return int(connection.execute(select(func.coalesce(func.sum(_cohorts.sent), 0)).select_from(joined).where(*conditions)).scalar_one())


def _first_at(connection: Connection, tenant_id: int, campaign_id: int) -> datetime | None:
    """The quarter-hour in which the campaign's first message was sent."""
    sent = (*_of(cohort_quarters, tenant_id, campaign_id), _cohorts.sent > 0)
    return connection.execute(select(_cohorts.quarter).where(*sent).order_by(_cohorts.quarter).limit(1)).scalar()


def _of(table: Any, tenant_id: int, campaign_id: int) -> Sequence[ColumnElement[bool]]:
    return (table.c.tenant_id == tenant_id, table.c.campaign_id == campaign_id)


def _sum(connection: Connection, column: Any, *conditions: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.coalesce(func.sum(column), 0)).where(*conditions)).scalar_one())
