"""Whom mail went to, over HTTP: listed, counted and exported by segments."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from little_bell.api.answers import Json
from little_bell.api.callers import Downloader, Reader
from little_bell.api.context import House
from little_bell.api.forms.segment import RecipientsWanted
from little_bell.api.paging import Cursor, array
from little_bell.api.routes.downloads import FILE, FileDownload
from little_bell.api.shapes.segment import recipient_shape, segments_shape
from little_bell.domain.exports import Format
from little_bell.domain.segments import RecipientSort
from little_bell.queries.segment_files import export_recipients
from little_bell.queries.segments import count_recipients, list_recipients

MOST_RECIPIENTS = 1_000
routes = APIRouter(prefix="/api/recipients", tags=["recipients"])


class RecipientsPage(RecipientsWanted):
    """A page of them."""

    sort: RecipientSort = RecipientSort.ADDRESS
    limit: Annotated[int, Field(ge=1, le=MOST_RECIPIENTS)] = MOST_RECIPIENTS
    cursor: Cursor | None = None


class RecipientsCount(RecipientsWanted):
    """Whether it may take its time."""

    whole: Annotated[bool, Field(description="count them however many there are: a second or two for a million")] = False


class RecipientsFile(RecipientsWanted):
    """As what."""

    format: Format = Format.CSV


@routes.get("")
def page(request: Request, context: House, caller: Reader, asked: Annotated[RecipientsPage, Query()]) -> Json:
    """Everybody mail went to, one row an address, or a segment of them. What just happened is in it a few seconds later."""
    with context.reports() as connection:
        found = list_recipients(connection, caller.tenant_id, asked.segment(), sort=asked.sort, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, lambda row: recipient_shape(row, asked.include))


@routes.get("/count")
def count(context: House, caller: Reader, asked: Annotated[RecipientsCount, Query()]) -> Json:
    """How many recipients are in a segment. `null` where more than 10,000 fit each of several conditions; `whole=true` waits for it."""
    with context.reports() as connection:
        return Json({"recipients": count_recipients(connection, caller.tenant_id, asked.segment(), is_whole=asked.whole)})


@routes.get("/segments")
def segments(context: House, caller: Reader) -> Json:
    """How many recipients there are in each segment that everybody asks for, by people's opens and clicks and by all."""
    with context.reports() as connection:
        return Json(segments_shape(connection, caller.tenant_id))


@routes.get("/file", response_class=Response, responses=FILE)
def file(context: House, caller: Downloader, asked: Annotated[RecipientsFile, Query()]) -> FileDownload:
    """A segment as a file, a line an address. A browser that is signed in may follow a link here."""
    pieces = export_recipients(context.reports, caller.tenant_id, asked.segment(), asked.format)
    return FileDownload(pieces, "recipients", asked.format)
