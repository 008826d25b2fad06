"""Who gets no more mail, over HTTP. What is said here is journaled like every other event; the projector keeps the list."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from little_bell.actions.audit import note
from little_bell.actions.forms import Email
from little_bell.actions.idempotency import Answer
from little_bell.actions.suppressions import Addresses, NewSuppression, NewSuppressions, RulesChanges, set_rules, suppressed_among
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Caller, Downloader, Reader, Writer
from little_bell.api.context import Context, House
from little_bell.api.freshness import WRITE_SECONDS, wait_until_folded
from little_bell.api.once import journal_once
from little_bell.api.paging import Cursor, Parameters, array
from little_bell.api.routes.downloads import CSV, CsvDownload
from little_bell.api.shapes import rules_shape, suppression_shape
from little_bell.api.suppression_records import Imported, record_of, take_in
from little_bell.domain.addresses import address_key
from little_bell.domain.errors import NotFound
from little_bell.domain.suppressions import Why
from little_bell.journal.base import Position
from little_bell.journal.records import Record, Release
from little_bell.queries.suppressions import SuppressionFilter, find_suppression, get_rules, list_suppressions, suppressions_csv

MOST_SUPPRESSIONS = 1_000
MOST_RELEASES = 100
#: Of a file, what is kept in memory.
IN_MEMORY = 1_000_000
routes = APIRouter(prefix="/api/suppressions", tags=["suppressions"])


class SuppressionSearch(Parameters):
    """Which addresses; `search` is any part of one."""

    search: Annotated[str, Field(max_length=320)] = ""
    reason: Why | None = None

    def filter(self) -> SuppressionFilter:
        """The same for a query."""
        return SuppressionFilter(self.search, None if self.reason is None else str(self.reason))


class SuppressionPage(SuppressionSearch):
    """A page of them."""

    limit: Annotated[int, Field(ge=1, le=MOST_SUPPRESSIONS)] = MOST_SUPPRESSIONS
    cursor: Cursor | None = None


class Released(Parameters):
    """Which addresses to take off the list."""

    address: Annotated[tuple[Email, ...], Field(min_length=1, max_length=MOST_RELEASES)]


@routes.get("")
def page(request: Request, context: House, caller: Reader, asked: Annotated[SuppressionPage, Query()]) -> Json:
    """Suppressed addresses, the newest first."""
    with context.reading() as connection:
        found = list_suppressions(connection, caller.tenant_id, asked.filter(), limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, suppression_shape)


@routes.post("", status_code=201, openapi_extra=takes(NewSuppression))
def add(
    request: Request, context: House, caller: Writer, body: RawBody, new: Annotated[NewSuppression, Depends(json_of(NewSuppression))]
) -> Json:
    """Suppress an address, for good or until `expires_at`."""
    at = _now()
    record = record_of(new, caller.tenant_id, at, "api")
    answer = {
        "address": address_key(new.address),
        "email": new.address,
        "reason": new.reason,
        "source": "api",
        "suppressed_at": datetime.fromtimestamp(at / 1_000_000, UTC),
        "expires_at": new.expires_at,
        "note": new.note,
        "message_id": None,
    }
    return _journal(context, caller, request, body, [record], Answer(201, to_json(answer)), "suppression.added", new.address)


@routes.post("/batch", status_code=201, openapi_extra=takes(NewSuppressions))
def add_many(
    request: Request, context: House, caller: Writer, body: RawBody, new: Annotated[NewSuppressions, Depends(json_of(NewSuppressions))]
) -> Json:
    """Suppress up to 10,000 addresses, all or none; an error names the row."""
    at, places = _now(), enumerate(new.suppressions)
    records = [record_of(one, caller.tenant_id, at, "api", f"suppressions[{place}].expires_at") for place, one in places]
    answer = Answer(201, to_json({"added": len(records)}))
    return _journal(context, caller, request, body, records, answer, "suppression.added", f"{len(records)} addresses")


@routes.delete("")
def remove(context: House, caller: Writer, asked: Annotated[Released, Query()]) -> Json:
    """Take addresses off the list, whatever reasons there are against them. What happens from now on counts anew."""
    at = _now()
    records = [Release(caller.tenant_id, address, at, "api") for address in asked.address]
    with context.writing() as connection:
        for place, address in enumerate(asked.address):
            if find_suppression(connection, caller.tenant_id, address) is None:
                raise NotFound("this address isn't suppressed", f"address[{place}]")
            note(connection, caller.tenant_id, caller.actor, "suppression.removed", address)
        # Before the commit: if the journal is full, nothing has changed.
        position = context.journal.append(list(records))
    wait_until_folded(context, position, WRITE_SECONDS)
    return Json({"removed": len(records)}, headers={"X-Journal-Position": str(position)})


@routes.post("/check", openapi_extra=takes(Addresses))
def check(context: House, caller: Reader, asked: Annotated[Addresses, Depends(json_of(Addresses))]) -> Json:
    """Which of up to 10,000 addresses are suppressed, in the order given."""
    with context.reading() as connection:
        found = suppressed_among(connection, caller.tenant_id, asked.addresses)
    results = [{"address": email, "suppressed": email in found, "reason": found.get(email)} for email in asked.addresses]
    return Json({"results": results, "suppressed": sum(email in found for email in asked.addresses)})


async def _spooled(request: Request) -> AsyncIterator[Any]:
    """The body as a file, on disk where it is large."""
    with SpooledTemporaryFile(IN_MEMORY) as file:
        async for piece in request.stream():
            file.write(piece)
        file.seek(0)
        yield file


@routes.post("/import", openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}})
def import_file(context: House, caller: Writer, file: Annotated[Any, Depends(_spooled)]) -> Json:
    """Suppress what a CSV file names: columns address, reason, suppressed_at, expires_at, note. Lines that can't be taken are told."""
    done = take_lines(context, caller, file)
    return Json(done.shape(), headers={"X-Journal-Position": str(done.position)} if done.position else None)


def take_lines(context: Context, caller: Caller, file: BinaryIO) -> Imported:
    """What became of a file's lines."""
    with context.writing() as connection:
        note(connection, caller.tenant_id, caller.actor, "suppression.imported")
    done = take_in(file, caller.tenant_id, _now(), context.journal.append)
    if done.position is not None:
        wait_until_folded(context, done.position, WRITE_SECONDS)
    return done


@routes.get("/export", response_class=Response, responses=CSV)
def export(context: House, caller: Downloader, asked: Annotated[SuppressionSearch, Query()]) -> CsvDownload:
    """The list as CSV, streamed: a line for each reason. A browser that is signed in may follow a link here."""
    return CsvDownload(suppressions_csv(context.reports, caller.tenant_id, asked.filter()), "suppressions")


@routes.get("/rules")
def rules(context: House, caller: Reader) -> Json:
    """By what rules addresses are suppressed by themselves."""
    with context.reading() as connection:
        return Json(rules_shape(get_rules(connection, caller.tenant_id)))


@routes.patch("/rules", openapi_extra=takes(RulesChanges))
def change_rules(context: House, caller: Writer, changes: Annotated[RulesChanges, Depends(json_of(RulesChanges))]) -> Json:
    """Change the rules that are named, from now on; what was suppressed before stays so."""
    with context.writing() as connection:
        wanted = changes.of(get_rules(connection, caller.tenant_id))
        set_rules(connection, caller.tenant_id, wanted, caller.actor)
    return Json(rules_shape(wanted))


def _journal(
    context: Context, caller: Caller, request: Request, body: bytes, records: Sequence[Record], answer: Answer, action: str, subject: str
) -> Json:
    def work() -> tuple[Answer, Position]:
        with context.writing() as connection:
            position = _noted(context, connection, caller, records, action, subject)
        wait_until_folded(context, position, WRITE_SECONDS)
        return answer, position

    return journal_once(context, caller, request, body, work)


def _noted(context: Context, connection: Connection, caller: Caller, records: Sequence[Record], action: str, subject: str) -> Position:
    note(connection, caller.tenant_id, caller.actor, action, subject)
    # Before the commit: if the journal is full, nothing has changed.
    return context.journal.append(list(records))


def _now() -> int:
    return time.time_ns() // 1_000
