"""What was taken over from older systems: e-mails that count without a signature, and tokens of other forms."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("old_email_ids", ID, nullable=False, server_default="0"))
    op.add_column("tenants", sa.Column("has_old_tokens", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("tenants", "has_old_tokens")
    op.drop_column("tenants", "old_email_ids")
