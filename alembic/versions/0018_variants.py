"""Sums of a campaign's messages by their variant, counted from the messages that are there."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, counts, required

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COUNTS = (
    "sent delivered opened human_opened clicked human_clicked bounced complained unsubscribed rejected opens human_opens clicks "
    "human_clicks unique_clicks private_opened private_human_opened"
)
#: domain.lifecycle.contribution() in SQL.
ARRIVED = "(opened_at IS NOT NULL OR delivered_at IS NOT NULL)"
REJECTED = f"(rejected_at IS NOT NULL AND NOT {ARRIVED} AND bounced_at IS NULL)"
SENT = f"(NOT {REJECTED} AND ({ARRIVED} OR bounced_at IS NOT NULL OR sent_at IS NOT NULL))"
STAGES = {
    "sent": SENT,
    "delivered": f"({SENT} AND ({ARRIVED} OR bounced_at IS NULL))",
    "rejected": REJECTED,
    "private_opened": "private_opened_at IS NOT NULL",
    "private_human_opened": "(private_opened_at IS NOT NULL AND human_opened_at IS NOT NULL)",
}
EVENTS = ("opens", "human_opens", "clicks", "human_clicks", "unique_clicks")


def filled() -> str:
    """The statement that counts them: one scan of the messages."""
    names, key = COUNTS.split(), "tenant_id, campaign_id, variant"
    sums = (f"SUM({name})" if name in EVENTS else f"SUM(CASE WHEN {_stage(name)} THEN 1 ELSE 0 END)" for name in names)
    counted = f"SELECT {key}, {', '.join(sums)} FROM messages WHERE variant IS NOT NULL AND is_tracked AND NOT is_test GROUP BY {key}"
    return f"INSERT INTO variant_stats ({key}, {', '.join(names)}) {counted}"


def _stage(name: str) -> str:
    return STAGES.get(name, f"{name}_at IS NOT NULL")


def upgrade() -> None:
    key = ["tenant_id", "campaign_id", "variant"]
    op.create_table(
        "variant_stats",
        *required(ID, "tenant_id campaign_id"),
        *required(sa.String(64), "variant"),
        *counts(COUNTS),
        sa.PrimaryKeyConstraint(*key, name="pk_variant_stats"),
        **CLUSTERED,
    )
    op.execute(filled())


def downgrade() -> None:
    op.drop_table("variant_stats")
