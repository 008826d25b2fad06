"""What judging remembers between folds."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, required

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crowd_clicks",
        *required(ID, "tenant_id network"),
        *required(sa.Integer(), "slot"),
        *required(ID, "message_id"),
        *required(sa.Boolean(), "is_private"),
        sa.PrimaryKeyConstraint("tenant_id", "network", "slot", "message_id", name="pk_crowd_clicks"),
        **CLUSTERED,
    )
    op.create_index("ix_crowd_clicks_message", "crowd_clicks", ["message_id"])
    op.create_index("ix_crowd_clicks_slot", "crowd_clicks", ["slot"])
    op.create_table(
        "rejudge_waiting",
        *required(ID, "message_id", autoincrement=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_rejudge_waiting"),
    )


def downgrade() -> None:
    op.drop_table("rejudge_waiting")
    op.drop_table("crowd_clicks")
