"""Whom mail went to, one row an address. The projector fills it in from the messages that are there."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, NEVER_REUSED, optional, required

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: In the order of bytes on both databases.
BYTES = sa.String(320).with_variant(sa.String(320, collation="C"), "postgresql")
WALKS = {
    "domain": "domain",
    "new": "first_sent_at",
    "sent": "last_sent_at",
    "opened": "last_opened_at",
    "human_opened": "last_human_opened_at",
    "clicked": "last_clicked_at",
    "human_clicked": "last_human_clicked_at",
    "unopened": "unopened",
    "human_unopened": "human_unopened",
}
COUNTS = "campaigns opened human_opened clicked human_clicked"
TIMES = "first_sent_at last_sent_at last_opened_at last_human_opened_at last_clicked_at last_human_clicked_at"
RUNS = "unopened human_unopened"


def upgrade() -> None:
    op.create_table(
        "recipients",
        *required(ID, "tenant_id", autoincrement=False),
        *required(BYTES, "address domain"),
        *optional(sa.JSON(), "spellings"),
        *required(sa.Integer(), COUNTS),
        *required(ID, TIMES),
        *required(sa.Integer(), RUNS),
        *optional(ID, "suppressed_until"),
        sa.PrimaryKeyConstraint("tenant_id", "address", name="pk_recipients"),
        **CLUSTERED,
    )
    for name, column in WALKS.items():
        op.create_index(f"ix_recipients_{name}", "recipients", ["tenant_id", column, "address"])
    is_suppressed = sa.text("suppressed_until IS NOT NULL")
    where = {"sqlite_where": is_suppressed, "postgresql_where": is_suppressed}
    op.create_index("ix_recipients_suppressed", "recipients", ["tenant_id", "address"], **where)
    op.create_index("ix_recipients_suppressed_until", "recipients", ["suppressed_until"], **where)
    op.create_table(
        "recipient_counts",
        *required(ID, "tenant_id", autoincrement=False),
        *required(sa.String(16), "kind"),
        *required(sa.Boolean(), "is_suppressed"),
        *required(sa.Integer(), "bucket", autoincrement=False),
        *required(sa.Integer(), "recipients", server_default="0"),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "is_suppressed", "bucket", name="pk_recipient_counts"),
        **CLUSTERED,
    )
    op.create_table(
        "recipient_versions",
        *required(ID, "tenant_id version", autoincrement=False),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_recipient_versions"),
    )
    op.create_index("ix_recipient_versions_version", "recipient_versions", ["version"])
    op.create_table(
        "recipient_notes",
        *required(ID, "id"),
        *required(sa.LargeBinary(), "noted"),
        sa.PrimaryKeyConstraint("id", name="pk_recipient_notes"),
        **NEVER_REUSED,
    )
    op.create_table(
        "recipient_fill",
        *required(sa.Integer(), "id"),
        *required(ID, "filled fill_to", server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_recipient_fill"),
    )
    op.execute("INSERT INTO recipient_fill (id, filled, fill_to) SELECT 1, 0, COALESCE(MAX(id), 0) FROM messages")


def downgrade() -> None:
    for table in ("recipient_fill", "recipient_notes", "recipient_versions", "recipient_counts", "recipients"):
        op.drop_table(table)
