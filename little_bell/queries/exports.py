"""Whole campaigns and bounces in constant memory: raw rows by keyset, a few thousand at a time, and as CSV.

The first columns of messages are those of the system that Little Bell grew from, in its order.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    String,
    Table,
    and_,
    bindparam,
    func,
    null,
    select,
    tuple_,
    type_coerce,
)

from little_bell.domain.spreadsheets import inert
from little_bell.models.tables import agents, bounces, campaigns, link_stats, links, message_events, messages
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
EVENT_CELLS = [
    *_number(message_events, "id"),
    Cell("message_id", messages.c.id),
    *_text(messages, "recipient_email"),
    Cell("tracking_token", messages.c.token, inert),
    *_text(message_events, "type"),
    *_time(message_events, "occurred_at", "received_at"),
    *_text(message_events, "url", "verdict", "reasons", "source"),
    *_number(message_events, "is_counted"),
    Cell("agent", agents.c.text, inert),
    *_text(message_events, "address", "country"),
    *_number(message_events, "asn"),
]
LINK_CELLS = [
    *_number(links, "id"),
    *_text(links, "url"),
    *_time(links, "created_at"),
    *(
        Cell(name, func.coalesce(link_stats.c[name], 0, type_=Integer))
        for name in ("clicks", "human_clicks", "unique_clicks", "unique_human_clicks")
    ),
]


@dataclass(frozen=True)
class Sheet:
    """What can be exported: its columns, the tables they are in, and the columns that its rows are in the order of."""

    cells: Sequence[Cell]
    rows: FromClause
    order: Sequence[Column[Any]]

    @property
    def places(self) -> list[int]:
        """Where the columns of `order` stand in a row."""
        return [next(place for place, cell in enumerate(self.cells) if cell.source is column) for column in self.order]


_stats = and_(link_stats.c.tenant_id == links.c.tenant_id, link_stats.c.link_id == links.c.id)
#: By the word that asks for them.
SHEETS = {
    "messages": Sheet(MESSAGE_CELLS, messages.join(campaigns, campaigns.c.id == messages.c.campaign_id), [messages.c.id]),
    "events": Sheet(  # in the order of their messages: so a campaign's cost what there is of it, however many others have
        EVENT_CELLS,
        messages.join(campaigns, campaigns.c.id == messages.c.campaign_id)
        .join(message_events, message_events.c.message_id == messages.c.id)
        .outerjoin(agents, agents.c.id == message_events.c.agent_id),
        [messages.c.id, message_events.c.id],
    ),
    "bounces": Sheet(BOUNCE_CELLS, bounces.join(campaigns, campaigns.c.id == bounces.c.campaign_id), [bounces.c.id]),
    "links": Sheet(LINK_CELLS, links.join(campaigns, campaigns.c.id == links.c.campaign_id).outerjoin(link_stats, _stats), [links.c.id]),
}
_owners = {"messages": messages, "events": messages, "bounces": bounces, "links": links}


def of_campaign(what: str, tenant_id: int, campaign_id: int) -> list[ColumnElement[bool]]:
    """The conditions that rows of a sheet are this campaign's. The caller has made sure that the campaign is the tenant's."""
    table = _owners[what]
    return [table.c.tenant_id == tenant_id, table.c.campaign_id == campaign_id]


def bounces_csv(connect: Connect, tenant_id: int, filters: Sequence[ColumnElement[bool]]) -> Iterator[str]:
    """The bounces that the filters (queries.bounces.bounce_conditions) leave, as CSV, in pieces."""
    sheet = SHEETS["bounces"]
    return csv_lines(sheet, chunks(connect, sheet, [*filters, live(tenant_id)]))


def chunks(connect: Connect, sheet: Sheet, where: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows that fit, some thousand at a time, each in the order of the sheet's cells."""
    statement = select(*(cell.source for cell in sheet.cells)).select_from(sheet.rows).where(*where)
    statement = statement.order_by(*sheet.order).limit(CHUNK_ROWS)
    names, places = [f"after_{n}" for n in range(len(sheet.order))], sheet.places
    beyond = tuple_(*sheet.order) > tuple_(*(bindparam(name, type_=column.type) for name, column in zip(names, sheet.order, strict=True)))
    further = statement.where(beyond)
    after: list[Any] = ["" if isinstance(column.type, String) else 0 for column in sheet.order]
    while True:
        # A transaction of its own for each chunk: a client that reads slowly must not hold a snapshot open.
        with connect() as connection:
            rows = connection.execute(further, dict(zip(names, after, strict=True))).all()
        if not rows:
            return
        after = [rows[-1][place] for place in places]
        yield rows


def csv_lines(sheet: Sheet, rows: Iterator[Sequence[Sequence[Any]]]) -> Iterator[str]:
    """The rows as CSV, in pieces, its first line the headings."""
    yield ",".join(cell.heading for cell in sheet.cells) + "\r\n"
    for chunk in rows:
        yield _lines(sheet.cells, chunk)


def _lines(cells: Sequence[Cell], rows: Sequence[Sequence[Any]]) -> str:
    """Column by column, because most columns of most campaigns are empty or numbers and need no work."""
    columns = []
    for cell, values in zip(cells, zip(*rows, strict=True), strict=True):
        write = cell.write
        columns.append(values if write is None else [None if value is None else write(value) for value in values])
    text = io.StringIO()
    csv.writer(text).writerows(zip(*columns, strict=True))
    return text.getvalue()
