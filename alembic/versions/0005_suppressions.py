"""Who gets no more mail, why, and by which rules; what a page on bounces asks for."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, TIME, optional, required

revision = "0005"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suppressions",
        *required(ID, "tenant_id"),
        *required(sa.String(320), "address email"),
        *required(sa.String(16), "why source"),
        *required(sa.String(300), "note"),
        *optional(ID, "message_id"),
        *required(TIME, "since"),
        *optional(TIME, "expires_at"),
        *required(sa.JSON(), "entries"),
        sa.PrimaryKeyConstraint("tenant_id", "address", name="pk_suppressions"),
        **CLUSTERED,
    )
    op.create_index("ix_suppressions_since", "suppressions", ["tenant_id", "since", "address"])
    op.create_index("ix_suppressions_why", "suppressions", ["tenant_id", "why", "since", "address"])
    op.create_table(
        "suppression_releases",
        *required(ID, "tenant_id"),
        *required(sa.String(320), "address"),
        *required(TIME, "released_at"),
        sa.PrimaryKeyConstraint("tenant_id", "address", name="pk_suppression_releases"),
        **CLUSTERED,
    )
    op.create_table(
        "suppression_rules",
        *required(ID, "tenant_id", autoincrement=False),
        *required(sa.Boolean(), "on_hard_bounce on_complaint"),
        *required(sa.Integer(), "soft_bounces soft_of"),
        *optional(sa.Integer(), "soft_days"),
        *required(TIME, "updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_suppression_rules"),
    )
    op.add_column("messages", sa.Column("suppressed", sa.String(16)))
    op.add_column("message_quarters", sa.Column("suppressed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("bounces", sa.Column("address", sa.String(320), nullable=False, server_default=""))
    op.add_column("bounces", sa.Column("is_hard", sa.Boolean(), nullable=False, server_default=sa.false()))
    # As near as SQL comes to domain.addresses.address_key() and domain.bounces.is_dead().
    op.execute("UPDATE bounces SET address = lower(recipient_email)")
    dead = "UPDATE bounces SET is_hard = :yes WHERE bounce_type = 'permanent' AND category IN ('user_unknown', 'host_unknown')"
    op.execute(sa.text(dead).bindparams(yes=True))
    op.create_index("ix_bounces_address", "bounces", ["tenant_id", "address", "occurred_at"])
    period = ["tenant_id", "occurred_at", "campaign_id", "domain", "is_hard", "bounce_type", "category"]
    op.create_index("ix_bounces_period", "bounces", period)


def downgrade() -> None:
    for index in ("ix_bounces_period", "ix_bounces_address"):
        op.drop_index(index, "bounces")
    for table, column in (("bounces", "is_hard"), ("bounces", "address"), ("message_quarters", "suppressed"), ("messages", "suppressed")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    for name in ("suppression_rules", "suppression_releases", "suppressions"):
        op.drop_table(name)
