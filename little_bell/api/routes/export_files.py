"""The files that pages had made, for the browser of whoever is signed in."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from little_bell.api.callers import Caller, Downloader
from little_bell.api.context import Context, House
from little_bell.api.paging import Parameters, PathId
from little_bell.api.routes.downloads import plain_name
from little_bell.domain.exports import Format
from little_bell.export_files import made
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.export_formats import MEDIA_TYPES

routes = APIRouter(prefix="/api", include_in_schema=False)


class Kind(Parameters):
    """As what it was made."""

    format: Format = Format.CSV


@routes.get("/campaigns/{campaign_id:int}/exports/{ticket}")
def file(context: House, caller: Downloader, campaign_id: PathId, ticket: str, asked: Annotated[Kind, Query()]) -> FileResponse:
    """The file, under the campaign's name. It can be asked for again for an hour."""
    with context.reading() as connection:
        campaign = get_campaign(connection, caller.tenant_id, campaign_id)
    return _file(context, caller, ticket, asked.format, f"{campaign.name}-{campaign_id}")


@routes.get("/recipients/exports/{ticket}")
def recipients(context: House, caller: Downloader, ticket: str, asked: Annotated[Kind, Query()]) -> FileResponse:
    """The same of a segment of recipients."""
    return _file(context, caller, ticket, asked.format, "recipients")


def _file(context: Context, caller: Caller, ticket: str, format_: Format, name: str) -> FileResponse:
    path = made(context.settings.data_dir / "exports", caller.tenant_id, ticket, format_)
    return FileResponse(path, media_type=MEDIA_TYPES[format_], filename=f"{plain_name(name)}.{format_}")
