"""Sets of sums kept under a name, for reports that are pinned to them: each rollup has a twin that holds those of the sets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, SmallInteger, String, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from little_bell.models import rollup
from little_bell.models.base import NEVER_REUSED, BigId, UtcMicros, metadata, now

#: The `tenant_id` of a set over all tenants, made by whoever runs the installation.
EVERYBODY = 0
ROLLUPS = (
    rollup.BounceStats,
    rollup.CampaignStats,
    rollup.CohortQuarter,
    rollup.DelayStats,
    rollup.EventQuarter,
    rollup.LinkStats,
    rollup.MailboxStats,
    rollup.MessageQuarter,
    rollup.ProviderStats,
    rollup.TraitStats,
    rollup.VariantStats,
)


class KeptSet(SQLModel, table=True):
    """A set: whose (EVERYBODY or a tenant's), by which version of the rules it was judged, who made it and when.

    One that isn't whole was kept by a version that knew campaigns, periods and links only.
    """

    __tablename__ = "kept_sets"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), NEVER_REUSED)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    tenant_id: int = Field(default=EVERYBODY, sa_column=Column(BigId, nullable=False, server_default="0"))
    name: str = Field(max_length=63)
    rules: int = Field(sa_column=Column(SmallInteger, nullable=False))
    made_at: datetime = Field(default_factory=now, sa_column=Column(UtcMicros, nullable=False))
    made_by: str = Field(default="", sa_column=Column(String(320), nullable=False, server_default=""))
    is_whole: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default="1"))


def _twin(table: Table) -> Table:
    """The same columns with `set_id` behind the tenant; what says when a row was touched stays away."""
    tenant, *others = (
        Column(one.name, one.type, primary_key=one.primary_key, autoincrement=False, nullable=False, server_default=one.server_default)
        for one in table.columns
        if one.name != "changed_in"
    )
    set_id: Column[int] = Column("set_id", BigId, primary_key=True, autoincrement=False)
    columns: list[Column[Any]] = [tenant, set_id, *others]
    return Table(f"kept_{table.name}", metadata, *columns, sqlite_with_rowid=False)


#: Rollup → the table that holds those of the sets.
KEPT: dict[Table, Table] = {table: _twin(table) for table in (metadata.tables[one.__tablename__] for one in ROLLUPS)}
