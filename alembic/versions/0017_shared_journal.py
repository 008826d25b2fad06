"""Several projectors share one replicated journal: its partitions, their owners, and what they hand to each other."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal_stream",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("made", sa.String(64), nullable=False),
        sa.Column("partitions", sa.Integer(), nullable=False),
        sa.Column("alarm", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_stream"),
    )
    op.create_table(
        "journal_partitions",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", BIG, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("folded_at", sa.BigInteger(), nullable=True),
        sa.Column("noted", BIG, nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("partition", name="pk_journal_partitions"),
    )
    op.create_table(
        "journal_sources",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("sequence", BIG, nullable=False),
        sa.Column("folded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", "source", name="pk_journal_sources"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_journal_sources_source", "journal_sources", ["source"])
    op.create_table(
        "projectors",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("first_event_id", BIG, nullable=True),
        sa.Column("fold", BIG, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_projectors"),
    )
    op.create_table(
        "routed_records",
        sa.Column("id", BIG, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_routed_records"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_routed_records_partition", "routed_records", ["partition", "id"])


def downgrade() -> None:
    for table in ("routed_records", "projectors", "journal_sources", "journal_partitions", "journal_stream"):
        op.drop_table(table)
