"""Tenants' own rules for verdicts, and what somebody said of single events."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, TIME, optional, required

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("rules_version", ID, nullable=False, server_default="0"))
    op.create_table(
        "verdict_rules",
        *required(ID, "id tenant_id"),
        *required(sa.String(16), "match"),
        *required(sa.String(200), "value"),
        *required(sa.String(16), "treat"),
        *required(sa.String(300), "note"),
        *required(sa.String(320), "made_by"),
        *required(TIME, "created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_verdict_rules"),
        sa.UniqueConstraint("tenant_id", "match", "value", name="uq_verdict_rules_tenant_id_match_value"),
        **NEVER_REUSED,
    )
    op.create_table(
        "event_overrides",
        *required(ID, "message_id mark tenant_id", autoincrement=False),
        *optional(ID, "event_id"),
        *required(sa.String(16), "verdict"),
        *required(TIME, "said_at"),
        *required(sa.String(320), "said_by"),
        *required(sa.String(16), "source"),
        *required(sa.String(300), "note"),
        sa.PrimaryKeyConstraint("message_id", "mark", name="pk_event_overrides"),
        **CLUSTERED,
    )
    op.create_index("ix_event_overrides_tenant_id", "event_overrides", ["tenant_id"])
    is_waiting = sa.text("event_id IS NULL")
    op.create_index("ix_event_overrides_waiting", "event_overrides", ["message_id"], sqlite_where=is_waiting, postgresql_where=is_waiting)


def downgrade() -> None:
    op.drop_table("event_overrides")
    op.drop_table("verdict_rules")
    op.drop_column("tenants", "rules_version")
