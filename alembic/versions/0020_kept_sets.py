"""Sets of sums that are kept under a name."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, required

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_sets",
        *required(ID, "id"),
        *required(sa.String(63), "name"),
        *required(sa.SmallInteger(), "rules"),
        *required(TIME, "made_at"),
        sa.PrimaryKeyConstraint("id", name="pk_kept_sets"),
        sa.UniqueConstraint("name", name="uq_kept_sets_name"),
        **NEVER_REUSED,
    )
    op.create_table(
        "kept_campaigns",
        *required(ID, "set_id tenant_id campaign_id", autoincrement=False),
        *required(sa.JSON(), "counts links"),
        sa.ForeignKeyConstraint(["set_id"], ["kept_sets.id"], name="fk_kept_campaigns_set_id_kept_sets"),
        sa.PrimaryKeyConstraint("set_id", "tenant_id", "campaign_id", name="pk_kept_campaigns"),
        **CLUSTERED,
    )
    op.create_table(
        "kept_cohorts",
        *required(ID, "set_id tenant_id campaign_id", autoincrement=False),
        *required(TIME, "quarter"),
        *required(sa.JSON(), "counts"),
        sa.ForeignKeyConstraint(["set_id"], ["kept_sets.id"], name="fk_kept_cohorts_set_id_kept_sets"),
        sa.PrimaryKeyConstraint("set_id", "tenant_id", "campaign_id", "quarter", name="pk_kept_cohorts"),
        **CLUSTERED,
    )


def downgrade() -> None:
    for table in ("kept_cohorts", "kept_campaigns", "kept_sets"):
        op.drop_table(table)
