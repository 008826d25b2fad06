"""Sums the pages read. The projector writes them, in the transaction of the events they count.

`MessageQuarter` alone is written by actions: it counts registrations, which are things and not events.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Integer
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, BigId, UtcMicros


def _count() -> Any:
    return Field(default=0, sa_type=Integer, nullable=False, sa_column_kwargs={"server_default": "0"})


class OfCampaign(SQLModel):
    """Sums are kept by tenant and campaign; behind them stands what else they are told apart by."""

    tenant_id: int = Field(sa_type=BigId, primary_key=True)
    campaign_id: int = Field(sa_type=BigId, primary_key=True)


class OfQuarter(OfCampaign):
    """And by UTC quarter-hour."""

    quarter: datetime = Field(sa_type=UtcMicros, primary_key=True)


class Counted(SQLModel):
    """The sums that domain.metrics.COUNTS names: messages that reached each stage (…ed) and events (opens, clicks)."""

    sent: int = _count()
    delivered: int = _count()
    opened: int = _count()
    human_opened: int = _count()
    clicked: int = _count()
    human_clicked: int = _count()
    bounced: int = _count()
    complained: int = _count()
    unsubscribed: int = _count()
    rejected: int = _count()
    opens: int = _count()
    human_opens: int = _count()
    clicks: int = _count()
    human_clicks: int = _count()
    unique_clicks: int = _count()
    private_opened: int = _count()
    private_human_opened: int = _count()


class CampaignStats(Counted, OfCampaign, table=True):
    """Sums of a campaign."""

    __tablename__ = "campaign_stats"
    __table_args__ = (Index("ix_campaign_stats_changed", "changed_in"), CLUSTERED)
    changed_in: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))


class MessageQuarter(OfQuarter, table=True):
    """Messages registered in a UTC quarter-hour: those that count (neither test nor untracked), and those to suppressed addresses."""

    __tablename__ = "message_quarters"
    __table_args__ = (CLUSTERED,)
    created: int = _count()
    suppressed: int = _count()


class CohortQuarter(Counted, OfQuarter, table=True):
    """What became of the messages whose `sent_at` (else `created_at`) lies in a UTC quarter-hour.

    `moved` is added to `MessageQuarter.created` for the cohort's total: a message registered at 09:00 and
    handed over at 11:00 is -1 in the first quarter and +1 in the second.
    """

    __tablename__ = "cohort_quarters"
    __table_args__ = (CLUSTERED,)
    moved: int = _count()


class EventQuarter(OfQuarter, table=True):
    """Events by their own time, for charts."""

    __tablename__ = "event_quarters"
    __table_args__ = (CLUSTERED,)
    sent: int = _count()
    delivered: int = _count()
    opens: int = _count()
    human_opens: int = _count()
    clicks: int = _count()
    human_clicks: int = _count()
    bounces: int = _count()
    complaints: int = _count()
    unsubscribes: int = _count()


class LinkStats(SQLModel, table=True):
    """Sums of a link; `unique_…` counts messages."""

    __tablename__ = "link_stats"
    __table_args__ = (CLUSTERED,)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    link_id: int = Field(sa_column=Column(BigId, primary_key=True))
    campaign_id: int = Field(sa_column=Column(BigId, nullable=False))
    clicks: int = _count()
    human_clicks: int = _count()
    unique_clicks: int = _count()
    unique_human_clicks: int = _count()


class BounceStats(OfCampaign, table=True):
    """Bounces of a campaign by kind, category and the text as given (the first 200 characters)."""

    __tablename__ = "bounce_stats"
    __table_args__ = (CLUSTERED,)
    bounce_type: str = Field(primary_key=True, max_length=16)
    category: str = Field(primary_key=True, max_length=32)
    reason: str = Field(primary_key=True, max_length=200)
    bounced: int = _count()


class ProviderStats(OfCampaign, table=True):
    """Opens and clicks that a provider told of, and how many of these our own pixel and links had seen already.

    What makes the two disagree is worth knowing, but no sum that anything else is built on.
    """

    __tablename__ = "provider_stats"
    __table_args__ = (CLUSTERED,)
    provider: str = Field(max_length=32, primary_key=True)
    opens: int = _count()
    merged_opens: int = _count()
    clicks: int = _count()
    merged_clicks: int = _count()


class DelayStats(OfCampaign, table=True):
    """Messages of a campaign by the time from their hand-over to their first open and click: a step of domain.delays, in seconds."""

    __tablename__ = "delay_stats"
    __table_args__ = (CLUSTERED,)
    step: int = Field(sa_column=Column(Integer, primary_key=True))
    opened: int = _count()
    human_opened: int = _count()
    clicked: int = _count()
    human_clicked: int = _count()


class MailboxStats(Counted, OfCampaign, table=True):
    """Sums of a campaign's messages by their recipients' mailbox provider."""

    __tablename__ = "mailbox_stats"
    __table_args__ = (CLUSTERED,)
    mailbox: str = Field(primary_key=True, max_length=32)


class TraitStats(OfCampaign, table=True):
    """Opens and clicks of a campaign by a trait: client, system, device, country, or position (`place:link id`)."""

    __tablename__ = "trait_stats"
    __table_args__ = (CLUSTERED,)
    trait: str = Field(primary_key=True, max_length=16)
    value: str = Field(primary_key=True, max_length=64)
    opens: int = _count()
    human_opens: int = _count()
    clicks: int = _count()
    human_clicks: int = _count()


class VariantStats(Counted, OfCampaign, table=True):
    """Sums of a campaign's messages that have a variant, by it: what a comparison of two is made of."""

    __tablename__ = "variant_stats"
    __table_args__ = (CLUSTERED,)
    variant: str = Field(primary_key=True, max_length=64)
