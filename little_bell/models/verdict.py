"""What judging has to remember between folds: single clicks by network, and messages to be judged again."""

from sqlalchemy import Column, Index, Integer
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, BigId


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
