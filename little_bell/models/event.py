"""What happened: the append-only events, clicks by message and link, bounces, raw webhook receipts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, SmallInteger, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros, now


class MessageEvent(SQLModel, table=True):
    """One event, never changed but for its verdict. Ids come from the projector's own counter.

    On PostgreSQL the table is partitioned by `received_at`, so its primary key there is (id, received_at).
    """

    __tablename__ = "message_events"
    __table_args__ = (Index("ix_message_events_message", "message_id", "id"), Index("ix_message_events_stream", "tenant_id", "id"))
    id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int = Field(sa_column=Column(BigId, nullable=False))
    message_id: int = Field(sa_column=Column(BigId, nullable=False))
    type: str = Field(max_length=16)
    occurred_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    received_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    stated_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    source: str = Field(max_length=16)
    verdict: str = Field(max_length=16)
    is_counted: bool
    reasons: str = Field(default="", max_length=255)
    rules: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    visitor: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    agent_id: int | None = Field(default=None, sa_column=Column(Integer))
    address: str | None = Field(default=None, max_length=45)
    link_id: int | None = Field(default=None, sa_column=Column(BigId))
    url: str | None = None
    details: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    #: Of the whole address, from the operator's own files.
    country: str | None = Field(default=None, max_length=2)
    asn: int | None = Field(default=None, sa_column=Column(BigId))
    #: Where in the mail the followed link stands: 1 is the first.
    position: int | None = Field(default=None, sa_column=Column(SmallInteger))


class Agent(SQLModel, table=True):
    """A user agent text, kept once."""

    __tablename__ = "agents"
    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    text: str = Field(max_length=1024, unique=True)
    #: What it says of the reader's program (domain.clients), found once and kept: None until then.
    client: str | None = Field(default=None, max_length=64)
    system: str | None = Field(default=None, max_length=64)
    device: str | None = Field(default=None, max_length=64)


class LinkClick(SQLModel, table=True):
    """The clicks of one message on one link."""

    __tablename__ = "link_clicks"
    __table_args__ = (Index("ix_link_clicks_link", "tenant_id", "link_id", "message_id"), CLUSTERED)
    message_id: int = Field(sa_column=Column(BigId, primary_key=True))
    link_id: int = Field(sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int = Field(sa_column=Column(BigId, nullable=False))
    first_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    human_first_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    clicks: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    human_clicks: int = Field(default=0, sa_column=Column(Integer, nullable=False))


class Bounce(SQLModel, table=True):
    """One bounce as it was reported; its id is the event's."""

    __tablename__ = "bounces"
    __table_args__ = (
        Index("ix_bounces_list", "tenant_id", "id"),
        Index("ix_bounces_campaign", "tenant_id", "campaign_id", "id"),
        Index("ix_bounces_address", "tenant_id", "address", "occurred_at"),
        # Breakdowns of a period read this index alone.
        Index("ix_bounces_period", "tenant_id", "occurred_at", "campaign_id", "domain", "is_hard", "bounce_type", "category"),
    )
    id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int = Field(sa_column=Column(BigId, nullable=False))
    message_id: int = Field(sa_column=Column(BigId, nullable=False))
    recipient_email: str = Field(max_length=320)
    address: str = Field(default="", max_length=320, sa_column_kwargs={"server_default": ""})
    domain: str = Field(max_length=255)
    bounce_type: str = Field(max_length=16)
    bounce_subtype: str | None = Field(default=None, max_length=64)
    category: str = Field(max_length=32)
    is_hard: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reason: str
    diagnostic_code: str | None = None
    source: str = Field(max_length=16)
    occurred_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


_IS_A_WEBHOOK = text("digest IS NOT NULL")


class WebhookReceipt(SQLModel, table=True):
    """What a provider or a mail system sent, as it came. `provider` is "mail" for mail, whose `external_id` is its digest.

    `state`: matched (it made events), unmatched (no message of ours was found: somebody should look), ignored (it has
    nothing to say of a delivery). `outcome` says the same in words.
    """

    __tablename__ = "webhook_receipts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider", "external_id"),
        Index("ix_webhook_receipts_state", "tenant_id", "state", "id"),
        Index("ix_webhook_receipts_external", "external_id"),
        Index("ix_webhook_receipts_newest", "tenant_id", "provider", "id", sqlite_where=_IS_A_WEBHOOK, postgresql_where=_IS_A_WEBHOOK),
        NEVER_REUSED,
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    provider: str = Field(max_length=32)
    external_id: str = Field(max_length=255)
    headers: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    handled_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    state: str | None = Field(default=None, max_length=16)
    outcome: str | None = Field(default=None, max_length=255)
    #: Of a provider's alone, whose body is packed by zlib: its digest, how many events are in it, and how often it came.
    digest: str | None = Field(default=None, max_length=64)
    events: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    deliveries: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default="1"))


class ProviderEvent(SQLModel, table=True):
    """An event that a provider told of: what makes it count once, and what has become of it.

    `outcome`: placed, waiting (with its record, tried again when it is due), unmatched (nobody knows the message), or erased.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        Index("ix_provider_events_due", "due_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_provider_events_receipt", "receipt_id"),
        CLUSTERED,
    )
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    provider: str = Field(max_length=32, primary_key=True)
    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    receipt_id: int = Field(sa_column=Column(BigId, nullable=False))
    outcome: str = Field(max_length=16)
    message_id: int | None = Field(default=None, sa_column=Column(BigId))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    record: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
