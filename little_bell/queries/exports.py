"""Whole campaigns and bounces as CSV in constant memory: raw rows by keyset, a few thousand at a time.

The first columns of messages are those of the system that Little Bell grew from, in its order.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, String, Table, null, select, type_coerce

from little_bell.domain.spreadsheets import inert
from little_bell.models.tables import bounces, campaigns, messages
from little_bell.queries.campaigns import live

CHUNK_ROWS = 2_000
Connect = Callable[[], AbstractContextManager[Connection]]


class Cell(NamedTuple):
    """A column of a CSV file: its heading, what it is made of, and how a value is written."""

    heading: str
    source: ColumnElement[Any]
    write: Callable[[Any], Any] | None = None


class _Seconds(dict[int, str]):
    """Texts of the seconds that were written lately: messages of one campaign share many."""

    def __missing__(self, second: int) -> str:
        if len(self) > 20_000:
            self.clear()
        text = self[second] = (datetime(1970, 1, 1) + timedelta(seconds=second)).isoformat()  # noqa: DTZ001 - UTC, and Z is added
        return text


_seconds = _Seconds()


def stamp(micros: int) -> str:
    """Microseconds since 1970 as the API writes a time: 2026-01-31T09:30:00.000000Z."""
    second, rest = divmod(micros, 1_000_000)
    return f"{_seconds[second]}.{rest:06d}Z"


def _text(table: Table, *names: str) -> list[Cell]:
    return [Cell(name, table.c[name], inert) for name in names]


def _time(table: Table, *names: str) -> list[Cell]:
    return [Cell(name, type_coerce(table.c[name], BigInteger), stamp) for name in names]


def _number(table: Table, *names: str) -> list[Cell]:
    return [Cell(name, table.c[name]) for name in names]


MESSAGE_CELLS = [
    *_number(messages, "id"),
    *_text(messages, "recipient_email", "status"),
    Cell("tracking_token", messages.c.token, inert),
    Cell("queued_at", type_coerce(messages.c.created_at, BigInteger), stamp),
    *_time(messages, "sent_at", "opened_at", "clicked_at", "bounced_at"),
    *_text(messages, "bounce_reason", "bounce_type"),
    Cell("error_message", type_coerce(null(), String)),
    *_text(messages, "bounce_category"),
    *_time(messages, "delivered_at", "human_opened_at", "human_clicked_at", "complained_at", "unsubscribed_at"),
    *_number(messages, "opens", "human_opens", "clicks", "human_clicks"),
    *_text(messages, "external_id", "provider_message_id", "template_id", "subject", "variant", "suppressed"),
]
BOUNCE_CELLS = [
    *_number(bounces, "id", "message_id", "campaign_id"),
    *_text(bounces, "recipient_email", "domain", "bounce_type", "bounce_subtype", "category", "reason", "diagnostic_code", "source"),
    *_time(bounces, "occurred_at"),
    *_number(bounces, "is_hard"),
]


def messages_csv(connect: Connect, tenant_id: int, campaign_id: int) -> Iterator[str]:
    """The messages of a campaign as CSV, in pieces. The caller has made sure that the campaign is the tenant's."""
    where = (messages.c.tenant_id == tenant_id, messages.c.campaign_id == campaign_id)
    return _csv(connect, messages, MESSAGE_CELLS, tenant_id, where)


def bounces_csv(connect: Connect, tenant_id: int, filters: Sequence[ColumnElement[bool]]) -> Iterator[str]:
    """The bounces that the filters (queries.bounces.bounce_conditions) leave, as CSV, in pieces."""
    return _csv(connect, bounces, BOUNCE_CELLS, tenant_id, filters)


def _csv(connect: Connect, table: Table, cells: list[Cell], tenant_id: int, where: Sequence[ColumnElement[bool]]) -> Iterator[str]:
    statement = (
        select(*(cell.source for cell in cells))
        .join_from(table, campaigns, campaigns.c.id == table.c.campaign_id)
        .where(*where, live(tenant_id))
        .order_by(table.c.id)
        .limit(CHUNK_ROWS)
    )
    yield ",".join(cell.heading for cell in cells) + "\r\n"
    after = 0
    while True:
        # A transaction of its own for each chunk: a client that reads slowly must not hold a snapshot open.
        with connect() as connection:
            rows = connection.execute(statement.where(table.c.id > after)).all()
        if not rows:
            return
        after = rows[-1][0]
        yield _lines(cells, rows)


def _lines(cells: list[Cell], rows: Sequence[Sequence[Any]]) -> str:
    """Column by column, because most columns of most campaigns are empty or numbers and need no work."""
    columns = []
    for cell, values in zip(cells, zip(*rows, strict=True), strict=True):
        write = cell.write
        columns.append(values if write is None else [None if value is None else write(value) for value in values])
    text = io.StringIO()
    csv.writer(text).writerows(zip(*columns, strict=True))
    return text.getvalue()
