"""Second sets of sums, kept under a name: what `stats rejudge --keep-as` came to, for reports that are pinned to it.

Counts are JSON by name: a set is as it was made, whatever is counted later.
"""

from datetime import datetime

from sqlalchemy import JSON, Column, ForeignKey, SmallInteger
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId, UtcMicros, now


def _set_column() -> Column[int]:
    return Column("set_id", BigId, ForeignKey("kept_sets.id"), primary_key=True, autoincrement=False)


class KeptSet(SQLModel, table=True):
    """A set of sums over all tenants, with the version of the rules that they were judged by."""

    __tablename__ = "kept_sets"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(max_length=63, unique=True)
    rules: int = Field(sa_column=Column(SmallInteger, nullable=False))
    made_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))


class KeptCampaign(SQLModel, table=True):
    """A campaign's sums, with `created` and `suppressed` of its messages; `links` by link id, in the order of LINK_COUNTS."""

    __tablename__ = "kept_campaigns"
    __table_args__ = (CLUSTERED,)
    set_id: int = Field(sa_column=_set_column())
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    counts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
    links: dict[str, list[int]] = Field(sa_column=Column(JSON, nullable=False))


class KeptCohort(SQLModel, table=True):
    """What became of the messages of a quarter-hour: the counts of CohortQuarter and MessageQuarter together."""

    __tablename__ = "kept_cohorts"
    __table_args__ = (CLUSTERED,)
    set_id: int = Field(sa_column=_set_column())
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    campaign_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    quarter: datetime = Field(sa_column=Column(UtcMicros, primary_key=True))
    counts: dict[str, int] = Field(sa_column=Column(JSON, nullable=False))
