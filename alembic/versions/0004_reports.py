"""What became of each receipt, so that those which nobody could place can be found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("webhook_receipts") as table:
        table.add_column(sa.Column("state", sa.String(16)))
    op.create_index("ix_webhook_receipts_state", "webhook_receipts", ["tenant_id", "state", "id"])
    op.create_index("ix_webhook_receipts_external", "webhook_receipts", ["external_id"])  # of mail, before it is known whose it is


def downgrade() -> None:
    op.drop_index("ix_webhook_receipts_external", "webhook_receipts")
    op.drop_index("ix_webhook_receipts_state", "webhook_receipts")
    with op.batch_alter_table("webhook_receipts") as table:
        table.drop_column("state")
