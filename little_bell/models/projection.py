"""The projector's own book-keeping: lease, journal positions, what was set aside, what was frozen."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros


class Instance(SQLModel, table=True):
    """One row: who this database is. Its id names the folder of its journals."""

    __tablename__ = "instance"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    uuid: str = Field(max_length=36)


class ProjectorLease(SQLModel, table=True):
    """One row: who folds. Every fold checks `epoch`, so that a holder that was replaced can't write."""

    __tablename__ = "projector_lease"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    epoch: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    holder: str = Field(default="", max_length=64)
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    next_event_id: int = Field(default=1, sa_column=Column(BigId, nullable=False))
    #: Grows with every fold; `campaign_stats.changed_in` names the fold that last touched a campaign.
    fold: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    #: Events before this time may go (retention); a prune that was interrupted goes on from here.
    prune_before: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    #: Messages that an older version made, up to `fill_to`, are put into the analytics in the order of their ids: so far up to `filled`.
    filled: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    fill_to: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))


class JournalPosition(SQLModel, table=True):
    """Up to where a journal is folded."""

    __tablename__ = "journal_positions"
    journal: str = Field(primary_key=True, max_length=64)
    segment: int = Field(sa_column=Column(BigId, nullable=False))
    offset: int = Field(sa_column=Column("offset", BigId, nullable=False))
    folded_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


class ParkedRecord(SQLModel, table=True):
    """A hit whose token isn't known yet."""

    __tablename__ = "parked_records"
    __table_args__ = (Index("ix_parked_records_token", "token"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    token: str = Field(max_length=128)
    received_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False, index=True))
    record: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class DeadRecord(SQLModel, table=True):
    """A journal record that could not be folded: why, and the record, so that it can be replayed."""

    __tablename__ = "dead_records"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    journal: str = Field(max_length=64)
    segment: int = Field(sa_column=Column(BigId, nullable=False))
    offset: int = Field(sa_column=Column("offset", BigId, nullable=False))
    reason: str
    record: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    died_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


class Tombstone(SQLModel, table=True):
    """What a purged message leaves behind, so that unsubscribing from a mail already sent goes on working."""

    __tablename__ = "tombstones"
    token: str = Field(primary_key=True, max_length=128)
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False, index=True))
    recipient_email: str = Field(max_length=320)


class ProjectorCount(SQLModel, table=True):
    """Why events were not counted, by named reason: what the metrics and `doctor` show."""

    __tablename__ = "projector_counts"
    name: str = Field(primary_key=True, max_length=64)
    events: int = Field(default=0, sa_column=Column(BigId, nullable=False))


class MessageBaseline(SQLModel, table=True):
    """The fold of a message's pruned events: always state = baseline + fold(events that are left)."""

    __tablename__ = "message_baselines"
    message_id: int = Field(sa_column=Column(BigId, primary_key=True))
    state: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RollupBaseline(SQLModel, table=True):
    """What pruned events had added to `event_quarters`, one row a quarter, as that table's columns in JSON."""

    __tablename__ = "rollup_baselines"
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True))
    quarter: datetime = Field(sa_column=Column(UtcMicros, primary_key=True))
    counts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class TraitBaseline(SQLModel, table=True):
    """What pruned events had added to `trait_stats`, in its columns."""

    __tablename__ = "trait_baselines"
    __table_args__ = (CLUSTERED,)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True))
    trait: str = Field(primary_key=True, max_length=16)
    value: str = Field(primary_key=True, max_length=64)
    opens: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    human_opens: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    clicks: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    human_clicks: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class FrozenEvents(SQLModel, table=True):
    """One row at most: the partition of events that retention is taking away. Up to this id they are in the baselines already."""

    __tablename__ = "frozen_events"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    start_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    end_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    up_to: int = Field(sa_column=Column(BigId, nullable=False))


class Erasure(SQLModel, table=True):
    """A recipient whose traces in receipts and in folded journals are still being removed; then the row goes too."""

    __tablename__ = "erasures"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(sa_column=Column(BigId, nullable=False))
    #: Addresses and tokens by which traces are known, and the ids of the messages.
    names: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    messages: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    ordered_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    #: Receipts up to this id are done.
    receipts_to: int = Field(default=0, sa_column=Column(BigId, nullable=False))
