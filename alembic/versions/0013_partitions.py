"""Events lie in partitions by the time of receipt: those that are there so far in one that ends where the first of the new ones begins."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID, TIME, required

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WEEK = 7 * 86_400 * 1_000_000
#: A Monday, in microseconds since 1970.
MONDAY = 4 * 86_400 * 1_000_000


def upgrade() -> None:
    op.create_table(
        "frozen_events",
        *required(sa.Integer(), "id"),
        *required(TIME, "start_at end_at"),
        *required(ID, "up_to"),
        sa.PrimaryKeyConstraint("id", name="pk_frozen_events"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _begin_partitions()


def _begin_partitions() -> None:
    """No row is moved: what was the default partition becomes the first one, which takes one scan of it."""
    newest = op.get_bind().execute(sa.text("SELECT max(received_at) FROM message_events_default")).scalar()
    present = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    this_week = present - (present - MONDAY) % WEEK
    end = this_week if newest is None else max(this_week, newest - (newest - MONDAY) % WEEK) + WEEK
    op.execute("ALTER TABLE message_events DETACH PARTITION message_events_default")
    op.execute("ALTER TABLE message_events_default RENAME TO message_events_before")
    op.execute(f"ALTER TABLE message_events ATTACH PARTITION message_events_before FOR VALUES FROM (MINVALUE) TO ({end})")
    op.execute("CREATE TABLE message_events_default PARTITION OF message_events DEFAULT")


def downgrade() -> None:
    """The partitions stay: whatever is written goes on falling into one of them."""
    op.drop_table("frozen_events")
