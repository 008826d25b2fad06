"""Campaigns as their readers see them: with the sums that the projector keeps. Deleted ones are not there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, and_, cast, func, or_, select

from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.metrics import COUNTS, metrics
from little_bell.domain.readings import Archived
from little_bell.models.tables import campaign_stats, campaigns, message_quarters
from little_bell.queries.paging import Page, decode_cursor, encode_cursor
from little_bell.queries.rows import columns_of


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign; `metrics` holds everything of domain.metrics.metrics()."""

    id: int
    name: str
    template_id: str | None
    subject: str | None
    tags: list[str]
    external_id: str | None
    utm: dict[str, str] | None
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    metrics: dict[str, int | float | None]


_counts = [func.coalesce(campaign_stats.c[name], 0).label(name) for name in COUNTS]
#: So many of the newest campaigns say which tags there are.
TAGGED = 2_000
#: What a list can be sorted by, ascending; with a `-` before it, descending.
SORTS: dict[str, ColumnElement[Any]] = {
    "created_at": campaigns.c.id,
    "name": func.lower(campaigns.c.name, type_=String),
    **dict(zip(COUNTS, _counts, strict=True)),
}


_ARCHIVED: dict[Archived, list[ColumnElement[bool]]] = {
    Archived.NO: [campaigns.c.archived_at.is_(None)],
    Archived.YES: [campaigns.c.archived_at.is_not(None)],
    Archived.ALL: [],
}


def live(tenant_id: int) -> ColumnElement[bool]:
    """The condition that a campaign is this tenant's and not deleted."""
    return and_(campaigns.c.tenant_id == tenant_id, campaigns.c.deleted_at.is_(None))


def list_campaigns(
    connection: Connection,
    tenant_id: int,
    *,
    search: str = "",
    tags: Sequence[str] = (),
    external_id: str | None = None,
    archived: Archived = Archived.NO,
    sort: str = "-created_at",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[CampaignRow]:
    """The campaigns that carry all `tags` and whose name, subject or external id contains `search`, without those archived.

    Raises Invalid for an unknown sort or cursor. Top campaigns are `sort="-human_opened", limit=5`.
    """
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise Invalid(f"campaigns can be sorted by {', '.join(SORTS)}", "sort")
    is_falling = sort.startswith("-")
    statement = _with_counts(tenant_id, key).where(*_filters(search, tags, external_id), *_ARCHIVED[archived])
    if cursor is not None:
        statement = statement.where(_beyond(key, cursor, is_falling))
    order = (key.desc(), campaigns.c.id.desc()) if is_falling else (key, campaigns.c.id)
    found = connection.execute(statement.order_by(*order).limit(limit + 1)).all()
    rows = [_row(row) for row in found[:limit]]
    return Page(rows, encode_cursor(found[limit - 1].sort_key, rows[-1].id) if len(found) > limit else None)


def get_campaign(connection: Connection, tenant_id: int, campaign_id: int) -> CampaignRow:
    """One campaign. Raises NotFound, also for another tenant's or a deleted one."""
    row = connection.execute(_with_counts(tenant_id, campaigns.c.id).where(campaigns.c.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such campaign", "campaign_id")
    return _row(row)


def get_campaign_utm(connection: Connection, tenant_id: int, campaign_id: int) -> dict[str, str]:
    """The campaign's UTM parameters (source, medium, …), without its numbers; empty for one that has none or isn't there."""
    return connection.execute(select(campaigns.c.utm).where(live(tenant_id), campaigns.c.id == campaign_id)).scalar() or {}


def tags_in_use(connection: Connection, tenant_id: int, limit: int = 200) -> list[str]:
    """The tags of the tenant's campaigns, archived ones too, the most used first."""
    used: Counter[str] = Counter()
    statement = select(campaigns.c.tags).where(live(tenant_id)).order_by(campaigns.c.id.desc()).limit(TAGGED)
    for (tags,) in connection.execute(statement):
        used.update(tags)
    return [tag for tag, _ in sorted(used.items(), key=lambda one: (-one[1], one[0]))[:limit]]


def _with_counts(tenant_id: int, key: ColumnElement[Any]) -> Select[Any]:
    mine = (message_quarters.c.tenant_id == tenant_id, message_quarters.c.campaign_id == campaigns.c.id)
    total, suppressed = (
        select(func.coalesce(func.sum(message_quarters.c[name]), 0)).where(*mine).scalar_subquery() for name in ("created", "suppressed")
    )
    stats = and_(campaign_stats.c.tenant_id == tenant_id, campaign_stats.c.campaign_id == campaigns.c.id)
    return (
        select(*columns_of(campaigns, CampaignRow), total.label("total"), suppressed.label("suppressed"), key.label("sort_key"), *_counts)
        .outerjoin_from(campaigns, campaign_stats, stats)
        .where(live(tenant_id))
    )


def _filters(search: str, tags: Sequence[str], external_id: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search:
        texts = (campaigns.c.name, campaigns.c.subject, campaigns.c.external_id)
        conditions.append(or_(*(column.icontains(search, autoescape=True) for column in texts)))
    # Tags hold no quotes, so a whole one is found in the JSON text between them.
    conditions += [cast(campaigns.c.tags, String).icontains(f'"{tag}"', autoescape=True) for tag in tags]
    if external_id is not None:
        conditions.append(campaigns.c.external_id == external_id)
    return conditions


def _beyond(key: ColumnElement[Any], cursor: str, is_falling: bool) -> ColumnElement[bool]:
    is_text = isinstance(key.type, String)
    value, campaign_id = decode_cursor(cursor, str if is_text else int, int)
    if is_falling:
        return or_(key < value, and_(key == value, campaigns.c.id < campaign_id))
    return or_(key > value, and_(key == value, campaigns.c.id > campaign_id))


def _row(row: Any) -> CampaignRow:
    *own, total, suppressed, _sort_key = row[: -len(COUNTS)]
    own.append(metrics(int(total), dict(zip(COUNTS, row[-len(COUNTS) :], strict=True)), int(suppressed)))
    return CampaignRow(*own)
