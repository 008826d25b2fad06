"""Country and autonomous system of an event, from the operator's own files."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_events", sa.Column("country", sa.String(2), nullable=True))
    op.add_column("message_events", sa.Column("asn", ID, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("message_events") as events:
        events.drop_column("asn")
        events.drop_column("country")
