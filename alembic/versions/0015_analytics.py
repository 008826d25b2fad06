"""The analytics: delays, mailbox providers, traits of readers, places of links. The projector fills them from what is stored."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, TIME, counts, required

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

READERS = "opens human_opens clicks human_clicks"
MESSAGES = (
    "sent delivered opened human_opened clicked human_clicked bounced complained unsubscribed rejected opens human_opens clicks "
    "human_clicks unique_clicks private_opened private_human_opened"
)


def upgrade() -> None:
    op.add_column("messages", sa.Column("private_opened_at", TIME))
    op.add_column("messages", sa.Column("mailbox", sa.String(32)))
    op.add_column("message_events", sa.Column("position", sa.SmallInteger()))
    for name in ("client", "system", "device"):
        op.add_column("agents", sa.Column(name, sa.String(64)))
    for table in ("campaign_stats", "cohort_quarters"):
        for column in counts("private_opened private_human_opened"):
            op.add_column(table, column)
    _create("delay_stats", required(sa.Integer(), "step"), counts("opened human_opened clicked human_clicked"))
    _create("mailbox_stats", required(sa.String(32), "mailbox"), counts(MESSAGES))
    for table in ("trait_stats", "trait_baselines"):
        _create(table, [*required(sa.String(16), "trait"), *required(sa.String(64), "value")], counts(READERS))
    for column in required(ID, "filled fill_to", server_default="0"):
        op.add_column("projector_lease", column)
    op.execute("UPDATE projector_lease SET fill_to = (SELECT COALESCE(MAX(id), 0) FROM messages)")


def _create(table: str, key: "list[sa.Column[object]]", sums: "list[sa.Column[object]]") -> None:
    owner = required(ID, "tenant_id campaign_id")
    names = [column.name for column in (*owner, *key)]
    op.create_table(table, *owner, *key, *sums, sa.PrimaryKeyConstraint(*names, name=f"pk_{table}"), **CLUSTERED)


def downgrade() -> None:
    for column in ("fill_to", "filled"):
        op.drop_column("projector_lease", column)
    for table in ("trait_baselines", "trait_stats", "mailbox_stats", "delay_stats"):
        op.drop_table(table)
    for table in ("cohort_quarters", "campaign_stats"):
        for column in ("private_human_opened", "private_opened"):
            op.drop_column(table, column)
    for column in ("device", "system", "client"):
        op.drop_column("agents", column)
    op.drop_column("message_events", "position")
    op.drop_column("messages", "mailbox")
    op.drop_column("messages", "private_opened_at")
