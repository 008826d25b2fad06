"""Recipients whose traces are being removed."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID, NEVER_REUSED, TIME, required

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts, times = required(sa.JSON(), "names messages"), required(TIME, "ordered_at")
    columns = [*required(ID, "tenant_id"), *texts, *times, *required(ID, "receipts_to")]
    op.create_table("erasures", sa.Column("id", ID, primary_key=True), *columns, **NEVER_REUSED)


def downgrade() -> None:
    op.drop_table("erasures")
