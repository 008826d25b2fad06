"""How recipients' addresses are written, looked up by: so a campaign's messages are filtered by whom they went to."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import CLUSTERED, ID, required

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

#: In the order of bytes on both databases.
BYTES = sa.String(320).with_variant(sa.String(320, collation="C"), "postgresql")
_EACH = {"sqlite": "json_each(spellings) AS written", "postgresql": "json_array_elements_text(spellings) AS written (value)"}


def upgrade() -> None:
    op.create_table(
        "recipient_spellings",
        *required(ID, "tenant_id", autoincrement=False),
        *required(BYTES, "spelling address"),
        sa.PrimaryKeyConstraint("tenant_id", "spelling", name="pk_recipient_spellings"),
        **CLUSTERED,
    )
    op.create_index("ix_recipient_spellings_address", "recipient_spellings", ["tenant_id", "address"])
    each = _EACH[op.get_bind().dialect.name]
    known = f"SELECT tenant_id, written.value, address FROM recipients, {each} WHERE spellings IS NOT NULL AND written.value <> address"
    op.execute(f"INSERT INTO recipient_spellings (tenant_id, spelling, address) {known}")


def downgrade() -> None:
    op.drop_table("recipient_spellings")
