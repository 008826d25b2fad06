"""The things: tenants and people, campaigns and links, messages."""

import sqlalchemy as sa
from alembic import op

from little_bell.migrations import ID, NEVER_REUSED, TIME, counts, index_where_set, optional, required

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenants()
    create_campaigns()
    create_messages()


def create_tenants() -> None:
    op.create_table(
        "tenants",
        *required(ID, "id"),
        *required(sa.String(63), "slug"),
        *required(sa.String(200), "name"),
        *required(sa.String(64), "time_zone"),
        *required(sa.String(16), "ip_policy"),
        *required(sa.JSON(), "allowed_hosts"),
        *required(sa.Boolean(), "accepts_unsigned_ids"),
        *optional(TIME, "suspended_at deleted_at"),
        *required(TIME, "created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("slug", name="uq_tenants_slug"),
        **NEVER_REUSED,
    )
    op.create_table(
        "users",
        *required(ID, "id"),
        *required(sa.String(320), "email"),
        *required(sa.String(200), "name"),
        *required(sa.String(255), "password_hash"),
        *required(sa.Boolean(), "is_operator"),
        *required(TIME, "created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        **NEVER_REUSED,
    )
    op.create_table(
        "memberships",
        *required(ID, "tenant_id user_id"),
        *required(sa.String(16), "role"),
        *required(TIME, "created_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_memberships_tenant_id_tenants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id_users"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_table(
        "sessions",
        *required(ID, "id user_id tenant_id"),
        *required(sa.String(64), "secret_hash"),
        *required(TIME, "created_at expires_at"),
        *required(sa.String(512), "agent"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_sessions_tenant_id_tenants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "api_keys",
        *required(ID, "id tenant_id"),
        *required(sa.String(200), "name"),
        *required(sa.String(16), "prefix"),
        *required(sa.String(64), "secret_hash"),
        *required(sa.JSON(), "scopes"),
        *required(TIME, "created_at"),
        *optional(TIME, "last_used_at revoked_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_api_keys_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_hash", name="uq_api_keys_secret_hash"),
        **NEVER_REUSED,
    )
    op.create_index("ix_api_keys_tenant_id_id", "api_keys", ["tenant_id", "id"])
    op.create_table(
        "audit_log",
        *required(ID, "id"),
        *optional(ID, "tenant_id"),
        *required(sa.String(320), "actor"),
        *required(sa.String(64), "action"),
        *required(sa.String(320), "subject"),
        *required(TIME, "at"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        **NEVER_REUSED,
    )
    op.create_index("ix_audit_log_tenant_id_id", "audit_log", ["tenant_id", "id"])
    op.create_table(
        "idempotency_keys",
        *required(ID, "id tenant_id api_key_id"),
        *required(sa.String(200), "route"),
        *required(sa.String(255), "key"),
        *required(sa.String(64), "body_hash"),
        *optional(sa.Integer(), "status"),
        *optional(sa.LargeBinary(), "response"),
        *required(TIME, "created_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_idempotency_keys_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.UniqueConstraint("api_key_id", "route", "key", name="uq_idempotency_keys_api_key_id_route_key"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def create_campaigns() -> None:
    op.create_table(
        "campaigns",
        *required(ID, "id tenant_id"),
        *required(sa.String(200), "name"),
        *optional(sa.String(200), "template_id"),
        *optional(sa.String(998), "subject"),
        *required(sa.JSON(), "tags"),
        *optional(sa.String(200), "external_id"),
        *required(TIME, "created_at updated_at"),
        *optional(TIME, "archived_at deleted_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_campaigns_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("tenant_id", "external_id", name="uq_campaigns_tenant_id_external_id"),
        **NEVER_REUSED,
    )
    op.create_index("ix_campaigns_deleted", "campaigns", ["deleted_at"])
    op.create_index("ix_campaigns_tenant_id_id", "campaigns", ["tenant_id", "id"])
    op.create_table(
        "links",
        *required(ID, "id tenant_id campaign_id"),
        *required(sa.String(), "url"),
        *required(sa.String(64), "url_hash"),
        *required(TIME, "created_at"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_links_campaign_id_campaigns"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("tenant_id", "campaign_id", "url_hash", name="uq_links_tenant_id_campaign_id_url_hash"),
        **NEVER_REUSED,
    )


def create_messages() -> None:
    op.create_table(
        "messages",
        *required(ID, "id tenant_id campaign_id"),
        *required(sa.String(128), "token"),
        *required(sa.String(320), "recipient_email"),
        *optional(sa.String(200), "template_id"),
        *optional(sa.String(998), "subject"),
        *optional(sa.String(64), "variant"),
        *optional(sa.String(200), "external_id"),
        *optional(sa.JSON(), "metadata"),
        *required(sa.Boolean(), "is_test is_tracked"),
        *required(TIME, "created_at"),
        *required(sa.String(16), "status", server_default="queued"),
        *required(TIME, "updated_at"),
        *optional(sa.String(300), "provider_message_id"),
        *optional(
            TIME,
            "sent_at delivered_at deferred_at opened_at human_opened_at "
            "clicked_at human_clicked_at bounced_at complained_at unsubscribed_at rejected_at",
        ),
        *counts("opens human_opens clicks human_clicks unique_clicks"),
        *optional(sa.String(16), "bounce_type"),
        *optional(sa.String(32), "bounce_category"),
        *optional(sa.String(), "bounce_reason"),
        *optional(TIME, "last_bounced_at last_event_at"),
        *optional(sa.LargeBinary(), "recent_visits"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("token", name="uq_messages_token"),
        **NEVER_REUSED,
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_messages_campaign", "messages", ["tenant_id", "campaign_id", "id", "status"])
    index_where_set("ix_messages_external", "messages", ["tenant_id", "external_id"])
    index_where_set("ix_messages_provider", "messages", ["tenant_id", "provider_message_id"])
    op.create_index("ix_messages_recipient", "messages", ["tenant_id", "recipient_email"])


def downgrade() -> None:
    for table in (
        "links",
        "sessions",
        "memberships",
        "idempotency_keys",
        "campaigns",
        "api_keys",
        "users",
        "tenants",
        "messages",
        "audit_log",
    ):
        op.drop_table(table)
