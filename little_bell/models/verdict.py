"""What verdicts are made of besides events: tenants' own rules, what somebody said of an event, and what judging has to remember."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros, now


class VerdictRule(SQLModel, table=True):
    """A tenant's own rule: what comes from this network or agent is a machine, or is never filtered."""

    __tablename__ = "verdict_rules"
    __table_args__ = (UniqueConstraint("tenant_id", "match", "value"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    match: str = Field(max_length=16)
    value: str = Field(max_length=200)
    treat: str = Field(max_length=16)
    note: str = Field(default="", max_length=300)
    made_by: str = Field(max_length=320)
    created_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class EventOverride(SQLModel, table=True):
    """The last that somebody said of an event, written by the projector: human, machine, or "" for taken back.

    `mark` names the event by what never changes (domain/overrides.py); `event_id` is null until that event is there.
    """

    __tablename__ = "event_overrides"
    __table_args__ = (
        Index("ix_event_overrides_waiting", "message_id", sqlite_where=text("event_id IS NULL"), postgresql_where=text("event_id IS NULL")),
        CLUSTERED,
    )
    message_id: int = Field(sa_column=Column(BigId, primary_key=True))
    mark: int = Field(sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False, index=True))
    event_id: int | None = Field(default=None, sa_column=Column(BigId))
    verdict: str = Field(max_length=16)
    said_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    said_by: str = Field(max_length=320)
    source: str = Field(max_length=16)
    note: str = Field(default="", max_length=300)


class CrowdClick(SQLModel, table=True):
    """A message with a click of this network in these ten minutes, whose recipient hadn't looked at it before.

    `is_private`: nobody could have seen them looking, so the message only listens to what the others show.
    """

    __tablename__ = "crowd_clicks"
    __table_args__ = (Index("ix_crowd_clicks_message", "message_id"), Index("ix_crowd_clicks_slot", "slot"), CLUSTERED)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    network: int = Field(sa_column=Column(BigId, primary_key=True))
    slot: int = Field(sa_column=Column(Integer, primary_key=True))  # ten minutes since 1970
    message_id: int = Field(sa_column=Column(BigId, primary_key=True))
    is_private: bool = False


class RejudgeWaiting(SQLModel, table=True):
    """A message whose events are to be judged again, because another message's showed something."""

    __tablename__ = "rejudge_waiting"
    message_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
