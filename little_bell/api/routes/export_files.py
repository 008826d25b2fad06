"""The files that pages had made, for the browser of whoever is signed in.

A file lies on the node that made it. Another one makes the same anew while it is read: the address says what is in it.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from little_bell.api.callers import Caller, Downloader
from little_bell.api.context import Context, House
from little_bell.api.paging import PathId
from little_bell.api.routes.downloads import Export, export_campaign, plain_name
from little_bell.api.routes.segments import RecipientsFile
from little_bell.api.routes.segments import file as recipients_file
from little_bell.domain.exports import Format
from little_bell.export_files import made
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.export_formats import MEDIA_TYPES

routes = APIRouter(prefix="/api", include_in_schema=False)


@routes.get("/campaigns/{campaign_id:int}/exports/{ticket}", response_class=Response)
def file(context: House, caller: Downloader, campaign_id: PathId, ticket: str, asked: Annotated[Export, Query()]) -> Response:
    """The file, under the campaign's name."""
    with context.reading() as connection:
        campaign = get_campaign(connection, caller.tenant_id, campaign_id)
    found = _file(context, caller, ticket, asked.format, f"{campaign.name}-{campaign_id}")
    return found or export_campaign(context, caller, campaign_id, asked)


@routes.get("/recipients/exports/{ticket}", response_class=Response)
def recipients(context: House, caller: Downloader, ticket: str, asked: Annotated[RecipientsFile, Query()]) -> Response:
    """The same of a segment of recipients."""
    return _file(context, caller, ticket, asked.format, "recipients") or recipients_file(context, caller, asked)


def _file(context: Context, caller: Caller, ticket: str, format_: Format, name: str) -> FileResponse | None:
    path = made(context.settings.data_dir / "exports", caller.tenant_id, ticket, format_)
    return FileResponse(path, media_type=MEDIA_TYPES[format_], filename=f"{plain_name(name)}.{format_}") if path else None
