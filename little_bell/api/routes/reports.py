"""Mail that came back, over HTTP: handed in raw, and looked at as it came."""

import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from little_bell.api.answers import Json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Downloader, Reader, Reporter
from little_bell.api.context import House
from little_bell.api.forms.review import ReviewForm, review_of
from little_bell.api.paging import Cursor, Parameters, PathId, array
from little_bell.api.recorded import record
from little_bell.api.report_records import handed_in
from little_bell.api.shapes.report import report_row_shape, whole_report_shape
from little_bell.domain.errors import NotFound, UnsupportedType
from little_bell.journal.records import MOST_RAW
from little_bell.queries.reports import State, get_report, list_reports
from little_bell.queries.tenants import find_tenant

MOST_REPORTS = 200
#: What a raw mail may say that it is.
MAIL_KINDS = ("message/", "application/octet-stream", "text/plain")
BODY = {"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}}}}
routes = APIRouter(tags=["reports"])


async def _mail(request: Request) -> bytes:
    """The beginning of the mail. The rest is let go as it comes: a returned original may be as large as it likes."""
    kept = bytearray()
    async for piece in request.stream():
        kept += piece[: MOST_RAW - len(kept)]
    return bytes(kept)


Mail = Annotated[bytes, Depends(_mail)]


class ReportSearch(Parameters):
    """Which reports, a page at a time."""

    state: State | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_REPORTS)] = 50
    cursor: Cursor | None = None


def _hand_in(request: Request, context: House, caller: Reporter, raw: Mail) -> Json:
    kind = request.headers.get("content-type", "message/rfc822").partition(";")[0].strip().lower()
    if not kind.startswith(MAIL_KINDS):
        raise UnsupportedType(f"send the raw mail with Content-Type: message/rfc822, not {kind}", "Content-Type")
    report = handed_in(caller.tenant_id, "dsn", raw, time.time_ns() // 1_000)
    return record(context, caller, request, raw, [report], {"processed": True})


@routes.post("/webhooks/dsn", openapi_extra=BODY)
def hand_in(request: Request, context: House, caller: Reporter, raw: Mail) -> Json:
    """A mail that came back, raw: a delivery status notification, a bounce in free text, a feedback report.

    It is kept as it came, read, and counted for the message that it is about; the same mail a second time changes nothing.
    """
    return _hand_in(request, context, caller, raw)


@routes.post("/webhooks/dsn/{tenant}", openapi_extra=BODY)
def hand_in_of(request: Request, context: House, caller: Reporter, raw: Mail, tenant: str) -> Json:
    """The same with the tenant in the address; it must be the key's."""
    with context.reading() as connection:
        if find_tenant(connection, tenant) != caller.tenant_id:
            raise NotFound("there is no such tenant", "tenant")
    return _hand_in(request, context, caller, raw)


@routes.get("/api/reports")
def page(request: Request, context: House, caller: Reader, asked: Annotated[ReportSearch, Query()]) -> Json:
    """Mail that came back, the newest first. `state=unmatched` is what somebody should look at."""
    with context.reading() as connection:
        found = list_reports(connection, caller.tenant_id, asked.state, limit=asked.limit, cursor=asked.cursor)
    return array(context, request, found, report_row_shape)


@routes.get("/api/reports/{report_id:int}")
def one(context: House, caller: Reader, report_id: PathId) -> Json:
    """A report with everything that is read in it."""
    with context.reading() as connection:
        return Json(whole_report_shape(get_report(connection, caller.tenant_id, report_id)))


@routes.post("/api/reports/{report_id:int}/review", openapi_extra=takes(ReviewForm, is_optional=True))
def review(
    request: Request,
    context: House,
    caller: Reporter,
    report_id: PathId,
    body: RawBody,
    form: Annotated[ReviewForm, Depends(json_of(ReviewForm, is_optional=True))],
) -> Json:
    """Say which message a report is about, or that it is nothing; without either it is read once more. What was counted stays."""
    with context.reading() as connection:
        made = review_of(connection, caller.tenant_id, report_id, form, time.time_ns() // 1_000)
    return record(context, caller, request, body, [made], {"status": "reviewed"})


@routes.get("/api/reports/{report_id:int}/raw", response_class=Response, responses={200: {"content": {"message/rfc822": {}}}})
def raw(context: House, caller: Downloader, report_id: PathId) -> Response:
    """The mail as it came, as a download. A browser that is signed in may follow a link here."""
    with context.reading() as connection:
        found = get_report(connection, caller.tenant_id, report_id)
    name: dict[str, Any] = {"Content-Disposition": f'attachment; filename="report-{found.id}.eml"'}
    return Response(found.body, media_type="message/rfc822", headers=name)
