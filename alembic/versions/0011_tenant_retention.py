"""After how many days a tenant's single events go, where that is earlier than the installation lets them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("retention_days", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("tenants", "retention_days")
