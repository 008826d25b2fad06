"""Indexes that lists of messages are read by: whatever they are filtered by, and in each order they can be shown in."""

from alembic import op

from little_bell.migrations import index_where_set

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MINE = ["tenant_id", "campaign_id"]


def upgrade() -> None:
    op.drop_index("ix_messages_campaign", "messages")
    op.create_index("ix_messages_campaign", "messages", [*MINE, "id", "status", "human_opened_at", "human_clicked_at", "recipient_email"])
    op.create_index("ix_messages_tenant", "messages", ["tenant_id", "id", "campaign_id"])
    op.create_index("ix_messages_by_recipient", "messages", [*MINE, "recipient_email", "id"])
    index_where_set("ix_messages_opened", "messages", [*MINE, "human_opened_at"])
    index_where_set("ix_messages_clicked", "messages", [*MINE, "human_clicked_at"])
    op.drop_index("ix_link_clicks_link", "link_clicks")
    op.create_index("ix_link_clicks_link", "link_clicks", ["tenant_id", "link_id", "message_id"])


def downgrade() -> None:
    op.drop_index("ix_link_clicks_link", "link_clicks")
    op.create_index("ix_link_clicks_link", "link_clicks", ["tenant_id", "link_id"])
    for name in ("clicked", "opened", "by_recipient", "tenant", "campaign"):
        op.drop_index(f"ix_messages_{name}", "messages")
    op.create_index("ix_messages_campaign", "messages", [*MINE, "id", "status"])
