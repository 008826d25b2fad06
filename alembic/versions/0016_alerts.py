"""What is wrong with a tenant's mail, by which rules, and whom to tell."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, counts, optional, required

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DUE = sa.text("due_at IS NOT NULL")
OPEN = sa.text("resolved_at IS NULL")
WEBHOOK = sa.text("digest IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "alerts",
        *required(ID, "id tenant_id"),
        *required(sa.String(32), "kind subject"),
        *optional(ID, "campaign_id"),
        *required(sa.JSON(), "facts"),
        *required(TIME, "raised_at"),
        *optional(TIME, "resolved_at"),
        *required(sa.String(16), "why"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        **NEVER_REUSED,
    )
    op.create_index("ix_alerts_newest", "alerts", ["tenant_id", "id"])
    of_one = ["tenant_id", "kind", "subject"]
    op.create_index("ix_alerts_open", "alerts", of_one, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "alert_rules",
        *required(ID, "tenant_id"),
        *required(sa.String(32), "kind"),
        *required(sa.Boolean(), "is_on"),
        *required(sa.Float(), "threshold"),
        *required(sa.Integer(), "least"),
        *required(TIME, "updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name="pk_alert_rules"),
        **CLUSTERED,
    )
    op.create_table(
        "alert_destinations",
        *required(ID, "id tenant_id"),
        *required(sa.String(16), "kind"),
        *required(sa.String(2_000), "target"),
        *optional(sa.LargeBinary(), "sealed"),
        *required(TIME, "created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_destinations"),
        **NEVER_REUSED,
    )
    op.create_index("ix_alert_destinations_tenant", "alert_destinations", ["tenant_id", "id"])
    op.create_table(
        "alert_deliveries",
        *required(ID, "id tenant_id"),
        *optional(ID, "campaign_id"),
        *required(ID, "destination_id"),
        *required(sa.String(16), "event"),
        *required(sa.JSON(), "content"),
        *counts("attempts"),
        *required(sa.Text(), "error", server_default=""),
        *required(TIME, "created_at"),
        *optional(TIME, "due_at arrived_at"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_deliveries"),
        **NEVER_REUSED,
    )
    op.create_index("ix_alert_deliveries_newest", "alert_deliveries", ["tenant_id", "id"])
    op.create_index("ix_alert_deliveries_due", "alert_deliveries", ["due_at"], sqlite_where=DUE, postgresql_where=DUE)
    op.create_table(
        "alert_watches",
        *required(ID, "tenant_id campaign_id"),
        *required(TIME, "due_at"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", name="pk_alert_watches"),
        **CLUSTERED,
    )
    op.create_index("ix_alert_watches_due", "alert_watches", ["due_at"])
    op.create_table(
        "alert_turn",
        *required(sa.Integer(), "id", autoincrement=False),
        *required(TIME, "due_at"),
        *required(ID, "seen_fold", server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_turn"),
    )
    op.execute("INSERT INTO alert_turn (id, due_at, seen_fold) VALUES (1, 0, 0)")
    newest = ["tenant_id", "provider", "id"]
    op.create_index("ix_webhook_receipts_newest", "webhook_receipts", newest, sqlite_where=WEBHOOK, postgresql_where=WEBHOOK)


def downgrade() -> None:
    op.drop_index("ix_webhook_receipts_newest", "webhook_receipts")
    for table in ("alert_turn", "alert_watches", "alert_deliveries", "alert_destinations", "alert_rules", "alerts"):
        op.drop_table(table)
