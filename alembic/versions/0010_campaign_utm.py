"""The UTM parameters of a campaign: what its mail's links get where the call names nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("utm", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("campaigns", "utm")
