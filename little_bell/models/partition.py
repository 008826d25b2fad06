"""The book-keeping of several projectors that share one replicated journal (docs/decisions/0022-partitions-and-their-owners.md)."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros


class JournalStream(SQLModel, table=True):
    """One row: the stream that this database folds. Another one of its name, made later, has other positions."""

    __tablename__ = "journal_stream"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    name: str = Field(max_length=64)
    #: When it was made, as the server says it: what tells it from one that was deleted and made anew.
    made: str = Field(max_length=64)
    partitions: int = Field(sa_column=Column(Integer, nullable=False))
    #: Why nothing is folded; empty while all is well.
    alarm: str = Field(default="", max_length=300)


class JournalPartition(SQLModel, table=True):
    """Up to where a partition of the stream is folded, and by whom. `epoch` grows with each owner: a former one can't write."""

    __tablename__ = "journal_partitions"
    partition: int = Field(sa_column=Column("partition", Integer, primary_key=True, autoincrement=False))
    epoch: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    owner: str = Field(default="", max_length=32)
    sequence: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    folded_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))
    #: What was folded at `noted_at`: it goes from the stream once it was kept long enough.
    noted: int = Field(default=0, sa_column=Column(BigId, nullable=False))
    noted_at: datetime | None = Field(default=None, sa_column=Column(UtcMicros))


class JournalSource(SQLModel, table=True):
    """The highest number of each writer that was folded from a partition: what comes again changes nothing."""

    __tablename__ = "journal_sources"
    __table_args__ = (Index("ix_journal_sources_source", "source"), CLUSTERED)
    partition: int = Field(sa_column=Column("partition", Integer, primary_key=True, autoincrement=False))
    source: str = Field(primary_key=True, max_length=32)
    sequence: int = Field(sa_column=Column(BigId, nullable=False))
    folded_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))


def process_of(projector: str) -> str:
    """The process that a projector is part of: others of its name with other numbers behind the dot are, too."""
    return projector.partition(".")[0]


class ProjectorProcess(SQLModel, table=True):
    """A projector that is alive, and the first event id and number of the fold that it is at, if it is at one."""

    __tablename__ = "projectors"
    #: The process's, and behind a dot which of those in it.
    name: str = Field(primary_key=True, max_length=32)
    expires_at: datetime = Field(sa_column=Column(UtcMicros, nullable=False))
    first_event_id: int | None = Field(default=None, sa_column=Column(BigId))
    fold: int | None = Field(default=None, sa_column=Column(BigId))


class RoutedRecord(SQLModel, table=True):
    """A fact whose message was found: the owner of that message's partition folds it, and takes it away in the same transaction."""

    __tablename__ = "routed_records"
    __table_args__ = (Index("ix_routed_records_partition", "partition", "id"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    partition: int = Field(sa_column=Column("partition", Integer, nullable=False))
    record: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
