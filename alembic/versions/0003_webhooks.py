"""Providers' webhooks: who may send them, what each told, and how that compares with what we saw."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, counts, index_where_set, optional, required

revision = "0003"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("webhook_receipts") as table:
        table.add_column(sa.Column("digest", sa.String(64)))
        table.add_column(sa.Column("events", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("deliveries", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "webhook_endpoints",
        *required(ID, "id tenant_id"),
        *required(sa.String(32), "provider"),
        *required(sa.LargeBinary(), "sealed"),
        *required(sa.Boolean(), "counts_opens"),
        *required(TIME, "created_at updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("tenant_id", "provider", name="uq_webhook_endpoints_tenant_id_provider"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_webhook_endpoints_tenant_id_tenants"),
        **NEVER_REUSED,
    )
    op.create_table(
        "provider_events",
        *required(ID, "tenant_id"),
        *required(sa.String(32), "provider"),
        *required(sa.LargeBinary(), "key"),
        *required(ID, "receipt_id"),
        *required(sa.String(16), "outcome"),
        *optional(ID, "message_id"),
        *optional(TIME, "due_at"),
        *optional(sa.LargeBinary(), "record"),
        sa.PrimaryKeyConstraint("tenant_id", "provider", "key", name="pk_provider_events"),
        **CLUSTERED,
    )
    index_where_set("ix_provider_events_due", "provider_events", ["due_at"])
    op.create_index("ix_provider_events_receipt", "provider_events", ["receipt_id"])
    op.create_table(
        "provider_stats",
        *required(ID, "tenant_id campaign_id"),
        *required(sa.String(32), "provider"),
        *counts("opens merged_opens clicks merged_clicks"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "provider", name="pk_provider_stats"),
        **CLUSTERED,
    )


def downgrade() -> None:
    for table in ("provider_stats", "provider_events", "webhook_endpoints"):
        op.drop_table(table)
    with op.batch_alter_table("webhook_receipts") as table:
        for column in ("deliveries", "events", "digest"):
            table.drop_column(column)
