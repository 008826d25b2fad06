"""Who may do what: tenants, users, their memberships, sign-in sessions and API keys."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from little_bell.models.base import NEVER_REUSED, BigId, UtcMicros, now


def _tenant_column() -> Column[int]:
    return Column("tenant_id", BigId, ForeignKey("tenants.id"), nullable=False)


class Tenant(SQLModel, table=True):
    """One isolated customer, named by a slug that is never given to another."""

    __tablename__ = "tenants"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    slug: str = Field(max_length=63, unique=True)
    name: str = Field(max_length=200)
    time_zone: str = Field(default="UTC", max_length=64)
    ip_policy: str = Field(default="truncate", max_length=16)
    #: Single events go after so many days, where the installation doesn't let them go earlier; 0: when the installation does.
    retention_days: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    allowed_hosts: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    accepts_unsigned_ids: bool = False
    #: What the next e-mail of the tenant's own route is called (POST /{tenant}/emails).
    next_email_id: int = Field(default=1, sa_column=Column(BigId, nullable=False, server_default="1"))
    #: E-mails up to this number were taken over: mail already sent has their addresses without a signature.
    old_email_ids: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    #: Messages were taken over whose tokens have a form that senders can't choose here.
    has_old_tokens: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    #: Grows with every change of the tenant's own rules for verdicts, so that the projector reads them anew.
    rules_version: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    suspended_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class TenantSlug(SQLModel, table=True):
    """Every slug that was ever given, and to whom: addresses in mail already sent go on working after a rename."""

    __tablename__ = "tenant_slugs"
    slug: str = Field(primary_key=True, max_length=63)
    tenant_id: int = Field(sa_column=Column("tenant_id", BigId, ForeignKey("tenants.id"), nullable=False, index=True))


class User(SQLModel, table=True):
    """A person who signs in; what they may do stands in their memberships."""

    __tablename__ = "users"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    email: str = Field(max_length=320, unique=True)
    name: str = Field(default="", max_length=200)
    password_hash: str = Field(max_length=255)
    is_operator: bool = False
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class Membership(SQLModel, table=True):
    """A user's role in a tenant: owner, editor or viewer."""

    __tablename__ = "memberships"
    tenant_id: int = Field(sa_column=Column("tenant_id", BigId, ForeignKey("tenants.id"), primary_key=True))
    user_id: int = Field(sa_column=Column("user_id", BigId, ForeignKey("users.id"), primary_key=True, index=True))
    role: str = Field(max_length=16)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class Invitation(SQLModel, table=True):
    """Somebody is asked to become a member: whoever holds the secret and the address's password may."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("tenant_id", "email"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=_tenant_column())
    email: str = Field(max_length=320)
    role: str = Field(max_length=16)
    secret_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


class Session(SQLModel, table=True):
    """A sign-in: the cookie holds the secret, this row its SHA-256."""

    __tablename__ = "sessions"
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    user_id: int = Field(sa_column=Column(BigId, ForeignKey("users.id"), nullable=False, index=True))
    tenant_id: int = Field(sa_column=_tenant_column())
    secret_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False, index=True))
    agent: str = Field(default="", max_length=512)


class ApiKey(SQLModel, table=True):
    """A secret for programs: shown once, kept as SHA-256 (256 random bits need no slow hash)."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "tenant_id", "id"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=_tenant_column())
    name: str = Field(max_length=200)
    prefix: str = Field(max_length=16)
    secret_hash: str = Field(max_length=64, unique=True)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    last_used_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))


class AuditEntry(SQLModel, table=True):
    """Who changed what, for the tenant's owner and the operator."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "tenant_id", "id"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int | None = Field(default=None, sa_column=Column(BigId))
    actor: str = Field(max_length=320)
    action: str = Field(max_length=64)
    subject: str = Field(default="", max_length=320)
    at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class IdempotencyKey(SQLModel, table=True):
    """The answer once given under an Idempotency-Key, repeated for 24 h."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("api_key_id", "route", "key"),)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=_tenant_column())
    api_key_id: int = Field(sa_column=Column(BigId, nullable=False))
    route: str = Field(max_length=200)
    key: str = Field(max_length=255)
    body_hash: str = Field(max_length=64)
    status: int | None = None
    response: bytes | None = None
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False, index=True))


class WebhookEndpoint(SQLModel, table=True):
    """Where a provider may report to a tenant. `sealed` is the secrets, encrypted for this tenant and provider."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (UniqueConstraint("tenant_id", "provider"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=_tenant_column())
    provider: str = Field(max_length=32)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: Whether the provider's own opens and clicks count where our pixel and links saw nothing.
    counts_opens: bool = True
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    updated_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
