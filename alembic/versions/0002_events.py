"""What happens to them: events, the sums over them, and the projector's own book-keeping."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, counts, optional, required

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_events()
    create_rollups()
    create_projection()


def create_events() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    event_key = ("id", "received_at") if on_postgres else ("id",)  # a partitioned table's key holds what parts it
    op.create_table(
        "message_events",
        *required(ID, "id", autoincrement=False),
        *required(ID, "tenant_id campaign_id message_id"),
        *required(sa.String(16), "type"),
        *required(TIME, "occurred_at received_at"),
        *optional(TIME, "stated_at"),
        *required(sa.String(16), "source verdict"),
        *required(sa.Boolean(), "is_counted"),
        *required(sa.String(255), "reasons"),
        *required(sa.SmallInteger(), "rules"),
        *required(ID, "visitor"),
        *optional(sa.Integer(), "agent_id"),
        *optional(sa.String(45), "address"),
        *optional(ID, "link_id"),
        *optional(sa.String(), "url"),
        *optional(sa.JSON(), "details"),
        sa.PrimaryKeyConstraint(*event_key, name="pk_message_events"),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index("ix_message_events_message", "message_events", ["message_id", "id"])
    op.create_index("ix_message_events_stream", "message_events", ["tenant_id", "id"])
    if on_postgres:
        op.execute("CREATE TABLE message_events_default PARTITION OF message_events DEFAULT")
    op.create_table(
        "agents",
        *required(sa.Integer(), "id"),
        *required(sa.String(1024), "text"),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("text", name="uq_agents_text"),
    )
    op.create_table(
        "link_clicks",
        *required(ID, "message_id link_id tenant_id campaign_id"),
        *required(TIME, "first_at"),
        *optional(TIME, "human_first_at"),
        *required(sa.Integer(), "clicks human_clicks"),
        sa.PrimaryKeyConstraint("message_id", "link_id", name="pk_link_clicks"),
        **CLUSTERED,
    )
    op.create_index("ix_link_clicks_link", "link_clicks", ["tenant_id", "link_id"])
    op.create_table(
        "bounces",
        *required(ID, "id", autoincrement=False),
        *required(ID, "tenant_id campaign_id message_id"),
        *required(sa.String(320), "recipient_email"),
        *required(sa.String(255), "domain"),
        *required(sa.String(16), "bounce_type"),
        *optional(sa.String(64), "bounce_subtype"),
        *required(sa.String(32), "category"),
        *required(sa.String(), "reason"),
        *optional(sa.String(), "diagnostic_code"),
        *required(sa.String(16), "source"),
        *required(TIME, "occurred_at"),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
    )
    op.create_index("ix_bounces_campaign", "bounces", ["tenant_id", "campaign_id", "id"])
    op.create_index("ix_bounces_list", "bounces", ["tenant_id", "id"])
    op.create_table(
        "webhook_receipts",
        *required(ID, "id tenant_id"),
        *required(sa.String(32), "provider"),
        *required(sa.String(255), "external_id"),
        *required(sa.JSON(), "headers"),
        *required(sa.LargeBinary(), "body"),
        *required(TIME, "received_at"),
        *optional(TIME, "handled_at"),
        *optional(sa.String(255), "outcome"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_receipts"),
        sa.UniqueConstraint("tenant_id", "provider", "external_id", name="uq_webhook_receipts_tenant_id_provider_external_id"),
        **NEVER_REUSED,
    )


def create_rollups() -> None:
    op.create_table(
        "campaign_stats",
        *required(ID, "tenant_id campaign_id"),
        *counts(
            "sent delivered opened human_opened clicked human_clicked bounced "
            "complained unsubscribed rejected opens human_opens clicks human_clicks unique_clicks"
        ),
        *required(ID, "changed_in", server_default="0"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", name="pk_campaign_stats"),
        **CLUSTERED,
    )
    op.create_index("ix_campaign_stats_changed", "campaign_stats", ["changed_in"])
    op.create_table(
        "message_quarters",
        *required(ID, "tenant_id campaign_id"),
        *required(TIME, "quarter"),
        *counts("created"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_message_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "cohort_quarters",
        *required(ID, "tenant_id campaign_id"),
        *required(TIME, "quarter"),
        *counts(
            "moved sent delivered opened human_opened clicked human_clicked bounced "
            "complained unsubscribed rejected opens human_opens clicks human_clicks unique_clicks"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_cohort_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "event_quarters",
        *required(ID, "tenant_id campaign_id"),
        *required(TIME, "quarter"),
        *counts("sent delivered opens human_opens clicks human_clicks bounces complaints unsubscribes"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_event_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "link_stats",
        *required(ID, "tenant_id link_id campaign_id"),
        *counts("clicks human_clicks unique_clicks unique_human_clicks"),
        sa.PrimaryKeyConstraint("tenant_id", "link_id", name="pk_link_stats"),
        **CLUSTERED,
    )
    op.create_table(
        "bounce_stats",
        *required(ID, "tenant_id campaign_id"),
        *required(sa.String(16), "bounce_type"),
        *required(sa.String(32), "category"),
        *required(sa.String(200), "reason"),
        *counts("bounced"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "bounce_type", "category", "reason", name="pk_bounce_stats"),
        **CLUSTERED,
    )


def create_projection() -> None:
    op.create_table(
        "instance",
        *required(sa.Integer(), "id"),
        *required(sa.String(36), "uuid"),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )
    op.create_table(
        "projector_lease",
        *required(sa.Integer(), "id"),
        *required(ID, "epoch"),
        *required(sa.String(64), "holder"),
        *optional(TIME, "expires_at"),
        *required(ID, "next_event_id fold"),
        *optional(TIME, "prune_before"),
        sa.PrimaryKeyConstraint("id", name="pk_projector_lease"),
    )
    op.create_table(
        "journal_positions",
        *required(sa.String(64), "journal"),
        *required(ID, "segment offset"),
        *required(TIME, "folded_at"),
        sa.PrimaryKeyConstraint("journal", name="pk_journal_positions"),
    )
    op.create_table(
        "parked_records",
        *required(ID, "id"),
        *required(sa.String(128), "token"),
        *required(TIME, "received_at"),
        *required(sa.LargeBinary(), "record"),
        sa.PrimaryKeyConstraint("id", name="pk_parked_records"),
        **NEVER_REUSED,
    )
    op.create_index("ix_parked_records_received_at", "parked_records", ["received_at"])
    op.create_index("ix_parked_records_token", "parked_records", ["token"])
    op.create_table(
        "dead_records",
        *required(ID, "id"),
        *required(sa.String(64), "journal"),
        *required(ID, "segment offset"),
        *required(sa.String(), "reason"),
        *required(sa.LargeBinary(), "record"),
        *required(TIME, "died_at"),
        sa.PrimaryKeyConstraint("id", name="pk_dead_records"),
        **NEVER_REUSED,
    )
    op.create_table(
        "tombstones",
        *required(sa.String(128), "token"),
        *required(ID, "tenant_id"),
        *required(sa.String(320), "recipient_email"),
        sa.PrimaryKeyConstraint("token", name="pk_tombstones"),
    )
    op.create_index("ix_tombstones_tenant_id", "tombstones", ["tenant_id"])
    op.create_table(
        "projector_counts",
        *required(sa.String(64), "name"),
        *required(ID, "events"),
        sa.PrimaryKeyConstraint("name", name="pk_projector_counts"),
    )
    op.create_table(
        "message_baselines",
        *required(ID, "message_id"),
        *required(sa.LargeBinary(), "state"),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_baselines"),
    )
    op.create_table(
        "rollup_baselines",
        *required(ID, "tenant_id campaign_id"),
        *required(TIME, "quarter"),
        *required(sa.LargeBinary(), "counts"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_rollup_baselines"),
    )


def downgrade() -> None:
    for table in (
        "webhook_receipts",
        "tombstones",
        "rollup_baselines",
        "projector_lease",
        "projector_counts",
        "parked_records",
        "message_quarters",
        "message_events",
        "message_baselines",
        "link_stats",
        "link_clicks",
        "journal_positions",
        "instance",
        "event_quarters",
        "dead_records",
        "cohort_quarters",
        "campaign_stats",
        "bounces",
        "bounce_stats",
        "agents",
    ):
        op.drop_table(table)
