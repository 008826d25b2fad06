"""What senders register: campaigns and the links in them."""

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from little_bell.models.base import NEVER_REUSED, BigId, UtcMicros, now


class Campaign(SQLModel, table=True):
    """A named batch of messages. Deletion hides it at once; the projector purges it in small steps."""

    __tablename__ = "campaigns"
    __table_args__ = (
        Index(None, "tenant_id", "id"),
        Index("ix_campaigns_deleted", "deleted_at"),
        UniqueConstraint("tenant_id", "external_id"),
        NEVER_REUSED,
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, ForeignKey("tenants.id"), nullable=False))
    name: str = Field(max_length=200)
    template_id: str | None = Field(default=None, max_length=200)
    subject: str | None = Field(default=None, max_length=998)
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    external_id: str | None = Field(default=None, max_length=200)
    utm: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    updated_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    archived_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    deleted_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))


class Link(SQLModel, table=True):
    """A destination in a campaign's mail: registered when its URL is signed, or at its first signed click."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("tenant_id", "campaign_id", "url_hash"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int = Field(sa_column=Column(BigId, ForeignKey("campaigns.id"), nullable=False))
    url: str
    url_hash: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
