"""Tenants that change their name, count their e-mails, and invite people."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID, NEVER_REUSED, TIME, required

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("next_email_id", ID, nullable=False, server_default="1"))
    op.create_table(
        "tenant_slugs",
        *required(sa.String(63), "slug"),
        *required(ID, "tenant_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_tenant_slugs_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("slug", name="pk_tenant_slugs"),
    )
    op.create_index("ix_tenant_slugs_tenant_id", "tenant_slugs", ["tenant_id"])
    op.execute("INSERT INTO tenant_slugs (slug, tenant_id) SELECT slug, id FROM tenants")
    op.create_table(
        "invitations",
        *required(ID, "id tenant_id"),
        *required(sa.String(320), "email"),
        *required(sa.String(16), "role"),
        *required(sa.String(64), "secret_hash"),
        *required(TIME, "created_at expires_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_invitations_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("tenant_id", "email", name="uq_invitations_tenant_id_email"),
        sa.UniqueConstraint("secret_hash", name="uq_invitations_secret_hash"),
        **NEVER_REUSED,
    )


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_table("tenant_slugs")
    op.drop_column("tenants", "next_email_id")
