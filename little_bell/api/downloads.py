"""Whole campaigns as files, streamed."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from little_bell.api.callers import Downloader
from little_bell.api.context import House
from little_bell.api.paging import Parameters, PathId
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.exports import messages_csv

routes = APIRouter(prefix="/api/campaigns", tags=["campaigns"])
#: What the OpenAPI document says of these answers.
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


class CsvDownload(StreamingResponse):
    """CSV in UTF-8, in pieces as they are read, under a name made of plain letters."""

    media_type = "text/csv; charset=utf-8"

    def __init__(self, lines: Iterator[str], name: str) -> None:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:80] or "export"
        super().__init__((piece.encode() for piece in lines), headers={"Content-Disposition": f'attachment; filename="{plain}.csv"'})


class Export(Parameters):
    """What to export; more formats and tables come with their own issue."""

    format: Literal["csv"] = "csv"
    what: Literal["messages"] = "messages"


@routes.get("/{campaign_id:int}/export", response_class=Response, responses=CSV)
def export(context: House, caller: Downloader, campaign_id: PathId, _asked: Annotated[Export, Query()]) -> CsvDownload:
    """The campaign's messages as CSV. A browser that is signed in may follow a link here."""
    with context.reading() as connection:
        campaign = get_campaign(connection, caller.tenant_id, campaign_id)
    return CsvDownload(messages_csv(context.reading, caller.tenant_id, campaign_id), f"{campaign.name}-{campaign_id}")
