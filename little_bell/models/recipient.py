"""Whom mail went to, one row an address, always computed anew from its messages: by the projector, some seconds after they change."""

from typing import Any

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, text
from sqlmodel import Field, SQLModel

from little_bell.models.base import CLUSTERED, NEVER_REUSED, BigId

#: In the order of bytes, as SQLite has it: so an index finds how an address begins, and places in lists mean the same everywhere.
Bytes = String(320).with_variant(String(320, collation="C"), "postgresql")


def _number() -> Any:
    return Field(sa_column=Column(Integer, nullable=False))


def _time() -> Any:
    return Field(sa_column=Column(BigId, nullable=False))


def _walk(name: str, *columns: str) -> Index:
    """In the order of a column, with the address behind it: a list's page is a stretch of it."""
    return Index(f"ix_recipients_{name}", "tenant_id", *columns, "address")


_SUPPRESSED = text("suppressed_until IS NOT NULL")


class Recipient(SQLModel, table=True):
    """An address and domain.recipients.Standing. `address` is address_key(); `spellings`, where it was ever written otherwise, all of them.

    Times are microseconds, 0 for never: databases don't agree on where NULL stands in an order.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        _walk("domain", "domain"),
        _walk("new", "first_sent_at"),
        _walk("sent", "last_sent_at"),
        _walk("opened", "last_opened_at"),
        _walk("human_opened", "last_human_opened_at"),
        _walk("clicked", "last_clicked_at"),
        _walk("human_clicked", "last_human_clicked_at"),
        _walk("unopened", "unopened"),
        _walk("human_unopened", "human_unopened"),
        Index("ix_recipients_suppressed", "tenant_id", "address", sqlite_where=_SUPPRESSED, postgresql_where=_SUPPRESSED),
        Index("ix_recipients_suppressed_until", "suppressed_until", sqlite_where=_SUPPRESSED, postgresql_where=_SUPPRESSED),
        CLUSTERED,
    )
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    address: str = Field(sa_column=Column(Bytes, primary_key=True))
    domain: str = Field(sa_column=Column(Bytes, nullable=False))
    spellings: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    campaigns: int = _number()
    opened: int = _number()
    human_opened: int = _number()
    clicked: int = _number()
    human_clicked: int = _number()
    first_sent_at: int = _time()
    last_sent_at: int = _time()
    last_opened_at: int = _time()
    last_human_opened_at: int = _time()
    last_clicked_at: int = _time()
    last_human_clicked_at: int = _time()
    unopened: int = _number()
    human_unopened: int = _number()
    #: Until when it gets no more mail; empty where it does.
    suppressed_until: int | None = Field(default=None, sa_column=Column(BigId))


class RecipientSpelling(SQLModel, table=True):
    """An address as a sender wrote it, where that isn't its key: what leads from a message to its recipient's row.

    Of each row's `spellings` those that differ from its address.
    """

    __tablename__ = "recipient_spellings"
    __table_args__ = (Index("ix_recipient_spellings_address", "tenant_id", "address"), CLUSTERED)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    spelling: str = Field(sa_column=Column(Bytes, primary_key=True))
    address: str = Field(sa_column=Column(Bytes, nullable=False))


class RecipientCount(SQLModel, table=True):
    """How many of a tenant's recipients are in a bucket of one of domain.recipients.KINDS."""

    __tablename__ = "recipient_counts"
    __table_args__ = (CLUSTERED,)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True))
    kind: str = Field(primary_key=True, max_length=16)
    is_suppressed: bool = Field(primary_key=True)
    bucket: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    recipients: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


class RecipientVersion(SQLModel, table=True):
    """The number of the turn that last changed rows of a tenant's recipients: so open pages notice."""

    __tablename__ = "recipient_versions"
    __table_args__ = (Index("ix_recipient_versions_version", "version"),)
    tenant_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    version: int = Field(sa_column=Column(BigId, nullable=False))


class RecipientNote(SQLModel, table=True):
    """Messages and addresses whose recipients are to be computed anew, as projector.recipients packs them."""

    __tablename__ = "recipient_notes"
    __table_args__ = (NEVER_REUSED,)
    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    noted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RecipientFill(SQLModel, table=True):
    """One row: the recipients of messages up to `fill_to` are computed in the order of their ids, so far up to `filled`."""

    __tablename__ = "recipient_fill"
    id: int = Field(default=1, sa_column=Column(Integer, primary_key=True))
    filled: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
    fill_to: int = Field(default=0, sa_column=Column(BigId, nullable=False, server_default="0"))
