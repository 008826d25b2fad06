"""Where providers report, and what became of what they told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from little_bell.domain.errors import NotFound
from little_bell.models.tables import provider_events, provider_stats, tenant_slugs, tenants, webhook_endpoints, webhook_receipts
from little_bell.queries.paging import Page, beyond, id_after, page_of


@dataclass(frozen=True, slots=True)
class SealedEndpoint:
    """An endpoint as it is stored."""

    tenant_id: int
    slug: str
    provider: str
    sealed: bytes
    counts_opens: bool


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as its owner sees it: never the secret. `last_at` is its last request that was believed."""

    provider: str
    counts_opens: bool
    created_at: datetime
    updated_at: datetime
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A request that was believed: how many events are in it, and how many of these were placed, wait, or found no message.

    `repeated` had been told before; `unknown` names words that say nothing to us. `deliveries`: how often it came.
    """

    id: int
    provider: str
    external_id: str
    received_at: datetime
    deliveries: int
    events: int
    placed: int
    waiting: int
    unmatched: int
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A request with its body, packed by zlib."""

    id: int
    provider: str
    external_id: str
    digest: str
    headers: dict[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderCounts:
    """What a provider told of a campaign's readers, and how much of it our own pixel and links saw too."""

    provider: str
    opens: int
    merged_opens: int
    clicks: int
    merged_clicks: int


def whose(tenant_id: int, provider: str) -> str:
    """For whom a secret is sealed."""
    return f"webhook/{tenant_id}/{provider}"


def sealed_endpoints(connection: Connection) -> list[SealedEndpoint]:
    """Those of all tenants that are neither suspended nor deleted, by each slug that they have or had: providers go on reporting."""
    table = webhook_endpoints.c
    live = (tenants.c.suspended_at.is_(None), tenants.c.deleted_at.is_(None))
    columns = (table.tenant_id, tenant_slugs.c.slug, table.provider, table.sealed, table.counts_opens)
    named = select(*columns).join(tenants, tenants.c.id == table.tenant_id).join(tenant_slugs, tenant_slugs.c.tenant_id == tenants.c.id)
    rows = connection.execute(named.where(*live))
    return [SealedEndpoint(*row) for row in rows]


def list_endpoints(connection: Connection, tenant_id: int) -> list[EndpointRow]:
    """The tenant's, by provider."""
    table, receipts = webhook_endpoints.c, webhook_receipts.c
    last = (
        select(func.max(receipts.received_at)).where(receipts.tenant_id == tenant_id, receipts.provider == table.provider).scalar_subquery()
    )
    columns = (table.provider, table.counts_opens, table.created_at, table.updated_at, last)
    rows = connection.execute(select(*columns).where(table.tenant_id == tenant_id).order_by(table.provider))
    return [EndpointRow(*row) for row in rows]


def list_deliveries(
    connection: Connection, tenant_id: int, provider: str | None = None, *, limit: int = 20, cursor: str | None = None
) -> Page[DeliveryRow]:
    """A page of what providers sent, the newest first."""
    table = webhook_receipts.c
    conditions = [table.tenant_id == tenant_id, table.digest.is_not(None)]
    if provider is not None:
        conditions.append(table.provider == provider)
    if (after := id_after(cursor)) is not None:
        conditions.append(beyond(table.id, after, True))
    columns = (table.id, table.provider, table.external_id, table.received_at, table.deliveries, table.events, table.outcome)
    rows = connection.execute(select(*columns).where(*conditions).order_by(table.id.desc()).limit(limit + 1)).all()
    counts = _counts(connection, [row.id for row in rows])
    return page_of([_delivery(row, counts) for row in rows], limit)


def _counts(connection: Connection, receipt_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    table = provider_events.c
    grouped = (
        select(table.receipt_id, table.outcome, func.count())
        .where(table.receipt_id.in_(receipt_ids))
        .group_by(table.receipt_id, table.outcome)
    )
    return {(receipt_id, outcome): count for receipt_id, outcome, count in connection.execute(grouped)}


def _delivery(row: Any, counts: dict[tuple[int, str], int]) -> DeliveryRow:
    placed, waiting, unmatched = (counts.get((row.id, outcome), 0) for outcome in ("placed", "waiting", "unmatched"))
    return DeliveryRow(
        row.id, row.provider, row.external_id, row.received_at, row.deliveries, row.events, placed, waiting, unmatched, row.outcome
    )


def get_receipt(connection: Connection, tenant_id: int, receipt_id: int) -> ReceiptRow:
    """One request of a provider. Raises NotFound, also where a recipient's erasure left nothing of it."""
    table = webhook_receipts.c
    columns = (table.id, table.provider, table.external_id, table.digest, table.headers, table.body, table.received_at)
    mine = (table.tenant_id == tenant_id, table.id == receipt_id, table.digest.is_not(None), func.length(table.body) > 0)
    row = connection.execute(select(*columns).where(*mine)).one_or_none()
    if row is None:
        raise NotFound("there is no such delivery", "receipt_id")
    return ReceiptRow(*row)


def provider_counts(connection: Connection, tenant_id: int, campaign_id: int) -> list[ProviderCounts]:
    """What providers told of a campaign's readers."""
    table = provider_stats.c
    columns = (table.provider, table.opens, table.merged_opens, table.clicks, table.merged_clicks)
    mine = (table.tenant_id == tenant_id, table.campaign_id == campaign_id)
    return [ProviderCounts(*row) for row in connection.execute(select(*columns).where(*mine).order_by(table.provider))]
