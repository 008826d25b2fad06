"""Who gets no more mail: written by the projector alone, but for the rules."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Integer
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, BigId, UtcMicros, now


class Suppression(SQLModel, table=True):
    """An address with every reason against it: `entries` by reason, the leading one in columns. See domain/suppressions.py.

    `address` is domain.addresses.address_key() of `email`, which is as it was given.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        Index("ix_suppressions_since", "tenant_id", "since", "address"),
        Index("ix_suppressions_why", "tenant_id", "why", "since", "address"),
        CLUSTERED,
    )
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    address: str = Field(primary_key=True, max_length=320)
    email: str = Field(max_length=320)
    why: str = Field(max_length=16)
    source: str = Field(max_length=16)
    note: str = Field(default="", max_length=300)
    message_id: int | None = Field(default=None, sa_column=Column(BigId))
    since: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    entries: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class SuppressionRelease(SQLModel, table=True):
    """When an address was last taken off the list: whatever was said before that counts no more, whenever it is folded."""

    __tablename__ = "suppression_releases"
    __table_args__ = (CLUSTERED,)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    address: str = Field(primary_key=True, max_length=320)
    released_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


class SuppressionRules(SQLModel, table=True):
    """A tenant's own rules, as domain.suppressions.Rules; without a row those of the class hold."""

    __tablename__ = "suppression_rules"
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    on_hard_bounce: bool
    on_complaint: bool
    soft_bounces: int = Field(sa_column=Column(Integer, nullable=False))
    soft_of: int = Field(sa_column=Column(Integer, nullable=False))
    soft_days: int | None = Field(default=None, sa_column=Column(Integer))
    updated_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
