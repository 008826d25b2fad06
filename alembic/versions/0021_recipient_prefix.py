"""PostgreSQL: addresses are found by how they begin, whatever the database's collation. SQLite's index already does it."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEX, COLUMNS = "ix_messages_recipient", ["tenant_id", "recipient_email"]


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_index(INDEX, "messages")
        op.create_index(INDEX, "messages", COLUMNS, postgresql_ops={"recipient_email": "text_pattern_ops"})


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_index(INDEX, "messages")
        op.create_index(INDEX, "messages", COLUMNS)
