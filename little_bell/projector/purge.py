"""Deleted campaigns disappear from the tables, some hundred messages at a time; a tombstone of each message stays."""

from sqlalchemy import Connection, Table, delete, insert, select

from little_bell.models import KEPT
from little_bell.models.tables import (
    alert_deliveries,
    alert_watches,
    alerts,
    bounce_stats,
    bounces,
    campaign_stats,
    campaigns,
    cohort_quarters,
    crowd_clicks,
    delay_stats,
    event_overrides,
    event_quarters,
    kept_sets,
    link_clicks,
    link_stats,
    links,
    mailbox_stats,
    message_baselines,
    message_events,
    message_quarters,
    messages,
    provider_stats,
    rejudge_waiting,
    rollup_baselines,
    tombstones,
    trait_baselines,
    trait_stats,
    variant_stats,
)
from little_bell.projector.recipients import lock_recipients, recipients_of, settle

#: Messages a step purges.
STEP = 300

_OF_MESSAGES = (message_events, link_clicks, message_baselines, crowd_clicks, rejudge_waiting, event_overrides)
_OF_CAMPAIGNS: tuple[Table, ...] = (
    alert_deliveries,
    alert_watches,
    alerts,
    bounces,
    bounce_stats,
    campaign_stats,
    cohort_quarters,
    delay_stats,
    event_quarters,
    link_stats,
    links,
    mailbox_stats,
    message_quarters,
    provider_stats,
    rollup_baselines,
    trait_baselines,
    trait_stats,
    variant_stats,
)


def purge_step(connection: Connection) -> int:
    """Purge some messages of a deleted campaign, or at last the campaign itself; how many rows of these went."""
    campaign = connection.execute(
        select(campaigns.c.id, campaigns.c.tenant_id).where(campaigns.c.deleted_at.is_not(None)).order_by(campaigns.c.deleted_at).limit(1)
    ).first()
    if campaign is None:
        return 0
    mine = (messages.c.tenant_id == campaign.tenant_id, messages.c.campaign_id == campaign.id)
    doomed = connection.execute(select(messages.c.id).where(*mine).order_by(messages.c.id).limit(STEP)).scalars().all()
    if doomed:
        _purge_messages(connection, list(doomed))
        return len(doomed)
    for table in _OF_CAMPAIGNS:
        connection.execute(delete(table).where(table.c.tenant_id == campaign.tenant_id, table.c.campaign_id == campaign.id))
    sets = select(kept_sets.c.id)  # named, so that each set's part of the key is looked up
    for table in KEPT.values():
        mine = (table.c.tenant_id == campaign.tenant_id, table.c.campaign_id == campaign.id)
        connection.execute(delete(table).where(*mine, table.c.set_id.in_(sets)))
    connection.execute(delete(campaigns).where(campaigns.c.id == campaign.id))
    return 1


def _purge_messages(connection: Connection, ids: list[int]) -> None:
    whom, is_doomed = recipients_of(connection, ids), messages.c.id.in_(ids)
    buried = select(messages.c.token, messages.c.tenant_id, messages.c.recipient_email).where(is_doomed)
    connection.execute(insert(tombstones).from_select(["token", "tenant_id", "recipient_email"], buried))
    for table in _OF_MESSAGES:
        connection.execute(delete(table).where(table.c.message_id.in_(ids)))
    connection.execute(delete(messages).where(is_doomed))
    lock_recipients(connection)
    settle(connection, whom)
