"""One e-mail to one recipient, and what its events add up to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from little_bell.models.base import NEVER_REUSED, BigId, UtcMicros, now

#: What a fold changes of a message and an index holds: written only where it changed (projector/states.py).
INDEXED_STATE = ("status", "human_opened_at", "human_clicked_at")


def _time(**options: Any) -> Any:
    return Field(default=None, sa_column=Column(UtcMicros, **options))


def _index_where_set(name: str, *columns: str) -> Index:
    """Most messages have no such id, or no such time: the index holds only those that do."""
    is_set = text(f"{columns[-1]} IS NOT NULL")
    return Index(name, "tenant_id", *columns, postgresql_where=is_set, sqlite_where=is_set)


class Message(SQLModel, table=True):
    """Written by actions when registered; every column from `status` on is written by the projector alone."""

    __tablename__ = "messages"
    __table_args__ = (
        # What lists filter by lies behind the id: they filter within the index, and a change touches one page of it.
        Index("ix_messages_campaign", "tenant_id", "campaign_id", "id", *INDEXED_STATE, "recipient_email"),
        Index("ix_messages_tenant", "tenant_id", "id", "campaign_id"),
        Index("ix_messages_recipient", "tenant_id", "recipient_email"),
        Index("ix_messages_by_recipient", "tenant_id", "campaign_id", "recipient_email", "id"),
        _index_where_set("ix_messages_opened", "campaign_id", "human_opened_at"),
        _index_where_set("ix_messages_clicked", "campaign_id", "human_clicked_at"),
        _index_where_set("ix_messages_external", "external_id"),
        _index_where_set("ix_messages_provider", "provider_message_id"),
        NEVER_REUSED,
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int = Field(sa_column=Column(BigId, nullable=False))
    token: str = Field(max_length=128, unique=True)
    recipient_email: str = Field(max_length=320)
    template_id: str | None = Field(default=None, max_length=200)
    subject: str | None = Field(default=None, max_length=998)
    variant: str | None = Field(default=None, max_length=64)
    external_id: str | None = Field(default=None, max_length=200)
    details: dict[str, Any] | None = Field(default=None, sa_column=Column("metadata", JSON))
    is_test: bool = False
    #: Whether it counts at all: tracking is on, and its address wasn't suppressed when it was registered.
    is_tracked: bool = True
    suppressed: str | None = Field(default=None, max_length=16)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))

    status: str = Field(default="queued", max_length=16, sa_column_kwargs={"server_default": "queued"})
    updated_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    provider_message_id: str | None = Field(default=None, max_length=300)
    sent_at: datetime | None = _time()
    delivered_at: datetime | None = _time()
    deferred_at: datetime | None = _time()
    opened_at: datetime | None = _time()
    human_opened_at: datetime | None = _time()
    clicked_at: datetime | None = _time()
    human_clicked_at: datetime | None = _time()
    bounced_at: datetime | None = _time()
    complained_at: datetime | None = _time()
    unsubscribed_at: datetime | None = _time()
    rejected_at: datetime | None = _time()
    opens: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    human_opens: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    clicks: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    human_clicks: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    unique_clicks: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    bounce_type: str | None = Field(default=None, max_length=16)
    bounce_category: str | None = Field(default=None, max_length=32)
    bounce_reason: str | None = None
    last_bounced_at: datetime | None = _time()
    last_event_at: datetime | None = _time()
    #: Apple's Mail Privacy Protection fetched its pixel.
    private_opened_at: datetime | None = _time()
    #: The recipient's mailbox provider; None until something happens, or until an older version's message is in the analytics.
    mailbox: str | None = Field(default=None, max_length=32)
    recent_visits: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
