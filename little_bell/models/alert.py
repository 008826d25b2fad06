"""What is wrong with a tenant's mail, by which rules, and whom to tell. Written by actions alone."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Float, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros, now

_IS_OPEN = text("resolved_at IS NULL")
_IS_DUE = text("due_at IS NOT NULL")


class Alert(SQLModel, table=True):
    """Something wrong, from when it was raised until it was resolved: of one kind and subject one at a time.

    `subject` names what it is about (a campaign's id or a provider); `facts` are the numbers as they were when it was raised, and
    `why` says how it ended: better, over, off.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_newest", "tenant_id", "id"),
        Index("ix_alerts_open", "tenant_id", "kind", "subject", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        NEVER_REUSED,
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    kind: str = Field(max_length=32)
    subject: str = Field(max_length=32)
    campaign_id: int | None = Field(default=None, sa_column=Column(BigId))
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    raised_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    resolved_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    why: str = Field(default="", max_length=16)


class AlertRule(SQLModel, table=True):
    """A tenant's own threshold; without a row that of domain.alerts.DEFAULTS holds."""

    __tablename__ = "alert_rules"
    __table_args__ = (CLUSTERED,)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    kind: str = Field(primary_key=True, max_length=32)
    is_on: bool
    limit: float = Field(sa_column=Column("threshold", Float, nullable=False))
    least: int = Field(sa_column=Column(Integer, nullable=False))
    updated_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class AlertDestination(SQLModel, table=True):
    """Whom to tell: a URL or an address. `sealed` is the secret that signs what goes to a URL."""

    __tablename__ = "alert_destinations"
    __table_args__ = (Index("ix_alert_destinations_tenant", "tenant_id", "id"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    kind: str = Field(max_length=16)
    target: str = Field(max_length=2_000)
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class AlertDelivery(SQLModel, table=True):
    """One thing told to one destination: `due_at` is when it is tried next, NULL once it arrived or was given up."""

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        Index("ix_alert_deliveries_newest", "tenant_id", "id"),
        Index("ix_alert_deliveries_due", "due_at", sqlite_where=_IS_DUE, postgresql_where=_IS_DUE),
        NEVER_REUSED,
    )
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    campaign_id: int | None = Field(default=None, sa_column=Column(BigId))
    destination_id: int = Field(sa_column=Column(BigId, nullable=False))
    event: str = Field(max_length=16)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    created_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    arrived_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))


class AlertWatch(SQLModel, table=True):
    """A campaign that sent something lately, and when time alone may change what is to be said of it."""

    __tablename__ = "alert_watches"
    __table_args__ = (Index("ix_alert_watches_due", "due_at"), CLUSTERED)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True))
    due_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


class AlertTurn(SQLModel, table=True):
    """One row: when the next look is due, which one of all processes takes, and the newest fold that was looked at."""

    __tablename__ = "alert_turn"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    due_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    seen_fold: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
