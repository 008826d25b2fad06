"""Campaigns over HTTP."""

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from sqlalchemy import Connection

from little_bell.actions.campaigns import create_campaign, hide_campaign, update_campaign
from little_bell.actions.forms import CampaignChanges, NewCampaign
from little_bell.actions.idempotency import Answer
from little_bell.api.answers import Json, to_json
from little_bell.api.bodies import RawBody, json_of, takes
from little_bell.api.callers import Reader, Writer
from little_bell.api.context import House
from little_bell.api.forms.message import MessagesWanted
from little_bell.api.freshness import WRITE_SECONDS, wait_until_folded
from little_bell.api.once import write_once
from little_bell.api.paging import MAX_OFFSET, Cursor, OneForm, Parameters, PathId, SetName, array
from little_bell.api.shapes import campaign_shape, message_shape
from little_bell.api.wholes import whole_campaign
from little_bell.domain.number_forms import in_form
from little_bell.domain.readings import Archived, MessageSort
from little_bell.journal.records import CampaignDeletion
from little_bell.queries.campaigns import get_campaign, list_campaigns
from little_bell.queries.kept import pinned
from little_bell.queries.message_lists import list_messages

MOST_CAMPAIGNS = 10_000
MOST_MESSAGES = 1_000
routes = APIRouter(prefix="/api/campaigns", tags=["campaigns"])


class CampaignList(Parameters):
    """Which campaigns, and in what order."""

    search: Annotated[str, Field(max_length=200)] = ""
    tag: tuple[str, ...] = ()
    external_id: Annotated[str, Field(max_length=200)] | None = None
    archived: Annotated[Archived, Field(description="whether those that were archived are listed, too, or alone")] = Archived.NO
    sort: Annotated[str, Field(description="created_at, name or a count such as human_opened; with - before it, descending")] = (
        "-created_at"
    )
    include: OneForm | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_CAMPAIGNS)] = MOST_CAMPAIGNS
    cursor: Cursor | None = None
    set: Annotated[SetName | None, Field(description="a set of numbers that was kept")] = None


class InForm(Parameters):
    """In which form numbers are told, and by which set of numbers that was kept."""

    include: OneForm | None = None
    set: SetName | None = None


class MessagePage(MessagesWanted):
    """A page of them."""

    sort: Annotated[MessageSort, Field(description="those that nobody opened or clicked come behind those that somebody did")] = (
        MessageSort.OLDEST
    )
    limit: Annotated[int, Field(ge=1, le=MOST_MESSAGES)] = MOST_MESSAGES
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    cursor: Cursor | None = None


@routes.post("", status_code=201, openapi_extra=takes(NewCampaign))
def create(
    request: Request, context: House, caller: Writer, body: RawBody, new: Annotated[NewCampaign, Depends(json_of(NewCampaign))]
) -> Json:
    """Create a campaign."""

    def work(connection: Connection) -> Callable[[], Answer]:
        campaign = get_campaign(connection, caller.tenant_id, create_campaign(connection, caller.tenant_id, new, caller.actor))
        return lambda: Answer(201, to_json(campaign_shape(campaign)))

    return write_once(context, caller, request, body, work)


@routes.get("")
def all_of_them(request: Request, context: House, caller: Reader, asked: Annotated[CampaignList, Query()]) -> Json:
    """Campaigns with their metrics, the newest first."""
    with context.reports() as connection, pinned(connection, caller.tenant_id, asked.set):
        page = list_campaigns(
            connection,
            caller.tenant_id,
            search=asked.search,
            tags=asked.tag,
            external_id=asked.external_id,
            archived=asked.archived,
            sort=asked.sort,
            limit=asked.limit,
            cursor=asked.cursor,
        )
    return array(context, request, page, lambda row: in_form(campaign_shape(row), asked.include))


@routes.get("/{campaign_id:int}")
def one(context: House, caller: Reader, campaign_id: PathId, asked: Annotated[InForm, Query()]) -> Json:
    """A campaign with its metrics, bounce reasons and links; with `set` as they were kept under that name."""
    with context.reading() as connection:
        return Json(in_form(whole_campaign(connection, caller.tenant_id, campaign_id, asked.set), asked.include))


@routes.patch("/{campaign_id:int}", openapi_extra=takes(CampaignChanges))
def change(
    context: House, caller: Writer, campaign_id: PathId, changes: Annotated[CampaignChanges, Depends(json_of(CampaignChanges))]
) -> Json:
    """Change the fields that are named; null takes a field away."""
    with context.writing() as connection:
        update_campaign(connection, caller.tenant_id, campaign_id, changes, caller.actor)
        return Json(campaign_shape(get_campaign(connection, caller.tenant_id, campaign_id)))


@routes.delete("/{campaign_id:int}")
def delete(context: House, caller: Writer, campaign_id: PathId) -> Json:
    """Gone at once for every reader; its messages and events are purged in small steps."""
    with context.writing() as connection:
        hide_campaign(connection, caller.tenant_id, campaign_id, caller.actor)
        # Before the commit: if the journal is full, nothing has changed.
        position = context.journal.append([CampaignDeletion(caller.tenant_id, campaign_id, time.time_ns() // 1_000)])
    wait_until_folded(context, position, WRITE_SECONDS)
    return Json({"message": "Campaign deleted successfully"}, headers={"X-Journal-Position": str(position)})


@routes.get("/{campaign_id:int}/messages")
def messages_of(request: Request, context: House, caller: Reader, campaign_id: PathId, asked: Annotated[MessagePage, Query()]) -> Json:
    """The campaign's messages, in the order they were registered where no other is asked for.

    A filter looks at a bounded number of messages, so a page can be short, or empty, and still have a next one.
    """
    with context.reports() as connection:
        get_campaign(connection, caller.tenant_id, campaign_id)
        page = list_messages(
            connection,
            caller.tenant_id,
            asked.filter(campaign_id),
            sort=asked.sort,
            limit=asked.limit,
            cursor=asked.cursor,
            offset=asked.offset,
        )
    return array(context, request, page, message_shape)
