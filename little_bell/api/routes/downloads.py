"""Whole campaigns as files, streamed."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from little_bell.api.callers import Downloader
from little_bell.api.context import House
from little_bell.api.forms.message import MessagesWanted
from little_bell.api.paging import PathId
from little_bell.domain.exports import Format, What
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.export_formats import MEDIA_TYPES, export

routes = APIRouter(prefix="/api/campaigns", tags=["campaigns"])
#: What the OpenAPI document says of these answers.
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {kind.partition(";")[0]: {} for kind in MEDIA_TYPES.values()}}}


def plain_name(name: str) -> str:
    """A file's name in plain letters."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:80] or "export"


class FileDownload(StreamingResponse):
    """A file in pieces as they are made, under a name of plain letters."""

    def __init__(self, pieces: Iterator[bytes], name: str, format_: Format) -> None:
        attached = {"Content-Disposition": f'attachment; filename="{plain_name(name)}.{format_}"'}
        super().__init__(pieces, media_type=MEDIA_TYPES[format_], headers=attached)


class CsvDownload(FileDownload):
    """CSV in UTF-8, in pieces as they are read."""

    def __init__(self, lines: Iterator[str], name: str) -> None:
        super().__init__((piece.encode() for piece in lines), name, Format.CSV)


class Export(MessagesWanted):
    """What to export, and how; of which messages."""

    format: Format = Format.CSV
    what: What = What.MESSAGES


@routes.get("/{campaign_id:int}/export", response_class=Response, responses=FILE)
def export_campaign(context: House, caller: Downloader, campaign_id: PathId, asked: Annotated[Export, Query()]) -> FileDownload:
    """The campaign's messages, events, bounces or links as a file. A browser that is signed in may follow a link here.

    Messages and events can be filtered as the list of messages is.
    """
    with context.reports() as connection:
        campaign = get_campaign(connection, caller.tenant_id, campaign_id)
    name = campaign.name if asked.what is What.MESSAGES else f"{campaign.name}-{asked.what}"
    pieces = export(context.reports, caller.tenant_id, campaign_id, asked.what, asked.format, asked.filter(campaign_id))
    return FileDownload(pieces, f"{name}-{campaign_id}", asked.format)
