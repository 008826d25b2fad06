"""All tables: tenants, campaigns, messages, events, rollups, and the projector's own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: SQLite gives AUTOINCREMENT only to a column that is exactly INTEGER.
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.BigInteger()  # microseconds since 1970, UTC
NEVER_REUSED = {"sqlite_autoincrement": True}
CLUSTERED = {"sqlite_with_rowid": False}


def required(kind: Any, *names: str, **options: Any) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False, **options) for name in names]


def optional(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind) for name in names]


def counts(*names: str) -> list[sa.Column[Any]]:
    return required(sa.Integer(), *names, server_default="0")


def index_where_set(name: str, table: str, columns: list[str]) -> None:
    """An index of the rows whose last column has a value."""
    is_set = sa.text(f"{columns[-1]} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=is_set, postgresql_where=is_set)


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    create_tenants()
    create_campaigns()
    create_messages()
    create_events(on_postgres)
    create_rollups()
    create_projection()


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
        *optional(TIME, "suspended_at", "deleted_at"),
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
        *required(ID, "tenant_id", "user_id"),
        *required(sa.String(16), "role"),
        *required(TIME, "created_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_memberships_tenant_id_tenants"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_memberships_user_id_users"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])
    op.create_table(
        "sessions",
        *required(ID, "id", "user_id", "tenant_id"),
        *required(sa.String(64), "secret_hash"),
        *required(TIME, "created_at", "expires_at"),
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
        *required(ID, "id", "tenant_id"),
        *required(sa.String(200), "name"),
        *required(sa.String(16), "prefix"),
        *required(sa.String(64), "secret_hash"),
        *required(sa.JSON(), "scopes"),
        *required(TIME, "created_at"),
        *optional(TIME, "last_used_at", "revoked_at"),
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
        *required(ID, "id", "tenant_id", "api_key_id"),
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
        *required(ID, "id", "tenant_id"),
        *required(sa.String(200), "name"),
        *optional(sa.String(200), "template_id"),
        *optional(sa.String(998), "subject"),
        *required(sa.JSON(), "tags"),
        *optional(sa.String(200), "external_id"),
        *required(TIME, "created_at", "updated_at"),
        *optional(TIME, "archived_at", "deleted_at"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_campaigns_tenant_id_tenants"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("tenant_id", "external_id", name="uq_campaigns_tenant_id_external_id"),
        **NEVER_REUSED,
    )
    op.create_index("ix_campaigns_deleted", "campaigns", ["deleted_at"])
    op.create_index("ix_campaigns_tenant_id_id", "campaigns", ["tenant_id", "id"])
    op.create_table(
        "links",
        *required(ID, "id", "tenant_id", "campaign_id"),
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
        *required(ID, "id", "tenant_id", "campaign_id"),
        *required(sa.String(128), "token"),
        *required(sa.String(320), "recipient_email"),
        *optional(sa.String(200), "template_id"),
        *optional(sa.String(998), "subject"),
        *optional(sa.String(64), "variant"),
        *optional(sa.String(200), "external_id"),
        *optional(sa.JSON(), "metadata"),
        *required(sa.Boolean(), "is_test", "is_tracked"),
        *required(TIME, "created_at"),
        *required(sa.String(16), "status", server_default="queued"),
        *required(TIME, "updated_at"),
        *optional(sa.String(300), "provider_message_id"),
        *optional(
            TIME,
            "sent_at",
            "delivered_at",
            "deferred_at",
            "opened_at",
            "human_opened_at",
            "clicked_at",
            "human_clicked_at",
            "bounced_at",
            "complained_at",
            "unsubscribed_at",
            "rejected_at",
        ),
        *counts("opens", "human_opens", "clicks", "human_clicks", "unique_clicks"),
        *optional(sa.String(16), "bounce_type"),
        *optional(sa.String(32), "bounce_category"),
        *optional(sa.String(), "bounce_reason"),
        *optional(TIME, "last_bounced_at", "last_event_at"),
        *optional(sa.LargeBinary(), "recent_visits"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("token", name="uq_messages_token"),
        **NEVER_REUSED,
        postgresql_with={"fillfactor": 80},
    )
    op.create_index("ix_messages_campaign", "messages", ["tenant_id", "campaign_id", "id"])
    index_where_set("ix_messages_external", "messages", ["tenant_id", "external_id"])
    op.create_index("ix_messages_list", "messages", ["tenant_id", "campaign_id", "status", "id"])
    index_where_set("ix_messages_provider", "messages", ["tenant_id", "provider_message_id"])
    op.create_index("ix_messages_recipient", "messages", ["tenant_id", "recipient_email"])


def create_events(on_postgres: bool) -> None:
    event_key = ("id", "received_at") if on_postgres else ("id",)  # a partitioned table's key holds what parts it
    op.create_table(
        "message_events",
        *required(ID, "id", autoincrement=False),
        *required(ID, "tenant_id", "campaign_id", "message_id"),
        *required(sa.String(16), "type"),
        *required(TIME, "occurred_at", "received_at"),
        *optional(TIME, "stated_at"),
        *required(sa.String(16), "source", "verdict"),
        *required(sa.Boolean(), "is_counted"),
        *required(sa.String(255), "reasons"),
        *required(sa.SmallInteger(), "rules"),
        *required(ID, "visitor"),
        *optional(sa.Integer(), "agent_id"),
        *optional(sa.String(45), "address"),
        *optional(ID, "link_id"),
        *optional(sa.String(), "url"),
        *optional(sa.JSON(), "details"),
        sa.PrimaryKeyConstraint(*event_key, name="pk_message_events"),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index("ix_message_events_message", "message_events", ["message_id", "id"])
    op.create_index("ix_message_events_stream", "message_events", ["tenant_id", "id"])
    if on_postgres:
        op.execute("CREATE TABLE message_events_default PARTITION OF message_events DEFAULT")
    op.create_table(
        "agents",
        *required(sa.Integer(), "id"),
        *required(sa.String(1024), "text"),
        sa.PrimaryKeyConstraint("id", name="pk_agents"),
        sa.UniqueConstraint("text", name="uq_agents_text"),
    )
    op.create_table(
        "link_clicks",
        *required(ID, "message_id", "link_id", "tenant_id", "campaign_id"),
        *required(TIME, "first_at"),
        *optional(TIME, "human_first_at"),
        *required(sa.Integer(), "clicks", "human_clicks"),
        sa.PrimaryKeyConstraint("message_id", "link_id", name="pk_link_clicks"),
        **CLUSTERED,
    )
    op.create_index("ix_link_clicks_link", "link_clicks", ["tenant_id", "link_id"])
    op.create_table(
        "bounces",
        *required(ID, "id", autoincrement=False),
        *required(ID, "tenant_id", "campaign_id", "message_id"),
        *required(sa.String(320), "recipient_email"),
        *required(sa.String(255), "domain"),
        *required(sa.String(16), "bounce_type"),
        *optional(sa.String(64), "bounce_subtype"),
        *required(sa.String(32), "category"),
        *required(sa.String(), "reason"),
        *optional(sa.String(), "diagnostic_code"),
        *required(sa.String(16), "source"),
        *required(TIME, "occurred_at"),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
    )
    op.create_index("ix_bounces_campaign", "bounces", ["tenant_id", "campaign_id", "id"])
    op.create_index("ix_bounces_list", "bounces", ["tenant_id", "id"])
    op.create_table(
        "webhook_receipts",
        *required(ID, "id", "tenant_id"),
        *required(sa.String(32), "provider"),
        *required(sa.String(255), "external_id"),
        *required(sa.JSON(), "headers"),
        *required(sa.LargeBinary(), "body"),
        *required(TIME, "received_at"),
        *optional(TIME, "handled_at"),
        *optional(sa.String(255), "outcome"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_receipts"),
        sa.UniqueConstraint("tenant_id", "provider", "external_id", name="uq_webhook_receipts_tenant_id_provider_external_id"),
        **NEVER_REUSED,
    )


def create_rollups() -> None:
    op.create_table(
        "campaign_stats",
        *required(ID, "tenant_id", "campaign_id"),
        *counts(
            "sent",
            "delivered",
            "opened",
            "human_opened",
            "clicked",
            "human_clicked",
            "bounced",
            "complained",
            "unsubscribed",
            "rejected",
            "opens",
            "human_opens",
            "clicks",
            "human_clicks",
            "unique_clicks",
        ),
        *required(ID, "changed_in", server_default="0"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", name="pk_campaign_stats"),
        **CLUSTERED,
    )
    op.create_index("ix_campaign_stats_changed", "campaign_stats", ["changed_in"])
    op.create_table(
        "message_quarters",
        *required(ID, "tenant_id", "campaign_id"),
        *required(TIME, "quarter"),
        *counts("created"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_message_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "cohort_quarters",
        *required(ID, "tenant_id", "campaign_id"),
        *required(TIME, "quarter"),
        *counts(
            "moved",
            "sent",
            "delivered",
            "opened",
            "human_opened",
            "clicked",
            "human_clicked",
            "bounced",
            "complained",
            "unsubscribed",
            "rejected",
            "opens",
            "human_opens",
            "clicks",
            "human_clicks",
            "unique_clicks",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_cohort_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "event_quarters",
        *required(ID, "tenant_id", "campaign_id"),
        *required(TIME, "quarter"),
        *counts("sent", "delivered", "opens", "human_opens", "clicks", "human_clicks", "bounces", "complaints", "unsubscribes"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_event_quarters"),
        **CLUSTERED,
    )
    op.create_table(
        "link_stats",
        *required(ID, "tenant_id", "link_id", "campaign_id"),
        *counts("clicks", "human_clicks", "unique_clicks", "unique_human_clicks"),
        sa.PrimaryKeyConstraint("tenant_id", "link_id", name="pk_link_stats"),
        **CLUSTERED,
    )
    op.create_table(
        "bounce_stats",
        *required(ID, "tenant_id", "campaign_id"),
        *required(sa.String(16), "bounce_type"),
        *required(sa.String(32), "category"),
        *required(sa.String(200), "reason"),
        *counts("bounced"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "bounce_type", "category", "reason", name="pk_bounce_stats"),
        **CLUSTERED,
    )


def create_projection() -> None:
    op.create_table(
        "instance",
        *required(sa.Integer(), "id"),
        *required(sa.String(36), "uuid"),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )
    op.create_table(
        "projector_lease",
        *required(sa.Integer(), "id"),
        *required(ID, "epoch"),
        *required(sa.String(64), "holder"),
        *optional(TIME, "expires_at"),
        *required(ID, "next_event_id", "fold"),
        *optional(TIME, "prune_before"),
        sa.PrimaryKeyConstraint("id", name="pk_projector_lease"),
    )
    op.create_table(
        "journal_positions",
        *required(sa.String(64), "journal"),
        *required(ID, "segment", "offset"),
        *required(TIME, "folded_at"),
        sa.PrimaryKeyConstraint("journal", name="pk_journal_positions"),
    )
    op.create_table(
        "parked_records",
        *required(ID, "id"),
        *required(sa.String(128), "token"),
        *required(TIME, "received_at"),
        *required(sa.LargeBinary(), "record"),
        sa.PrimaryKeyConstraint("id", name="pk_parked_records"),
        **NEVER_REUSED,
    )
    op.create_index("ix_parked_records_received_at", "parked_records", ["received_at"])
    op.create_index("ix_parked_records_token", "parked_records", ["token"])
    op.create_table(
        "dead_records",
        *required(ID, "id"),
        *required(sa.String(64), "journal"),
        *required(ID, "segment", "offset"),
        *required(sa.String(), "reason"),
        *required(sa.LargeBinary(), "record"),
        *required(TIME, "died_at"),
        sa.PrimaryKeyConstraint("id", name="pk_dead_records"),
        **NEVER_REUSED,
    )
    op.create_table(
        "tombstones",
        *required(sa.String(128), "token"),
        *required(ID, "tenant_id"),
        *required(sa.String(320), "recipient_email"),
        sa.PrimaryKeyConstraint("token", name="pk_tombstones"),
    )
    op.create_index("ix_tombstones_tenant_id", "tombstones", ["tenant_id"])
    op.create_table(
        "projector_counts",
        *required(sa.String(64), "name"),
        *required(ID, "events"),
        sa.PrimaryKeyConstraint("name", name="pk_projector_counts"),
    )
    op.create_table(
        "message_baselines",
        *required(ID, "message_id"),
        *required(sa.LargeBinary(), "state"),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_baselines"),
    )
    op.create_table(
        "rollup_baselines",
        *required(ID, "tenant_id", "campaign_id"),
        *required(TIME, "quarter"),
        *required(sa.LargeBinary(), "counts"),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "quarter", name="pk_rollup_baselines"),
    )


def downgrade() -> None:
    for table in (
        "links",
        "sessions",
        "memberships",
        "idempotency_keys",
        "campaigns",
        "api_keys",
        "webhook_receipts",
        "users",
        "tombstones",
        "tenants",
        "rollup_baselines",
        "projector_lease",
        "projector_counts",
        "parked_records",
        "messages",
        "message_quarters",
        "message_events",
        "message_baselines",
        "link_stats",
        "link_clicks",
        "journal_positions",
        "instance",
        "event_quarters",
        "dead_records",
        "cohort_quarters",
        "campaign_stats",
        "bounces",
        "bounce_stats",
        "audit_log",
        "agents",
    ):
        op.drop_table(table)
