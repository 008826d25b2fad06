"""The messages of the campaign that is open: filtered as the address says, in its order, read page by page."""

import time
from dataclasses import dataclass

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import get_campaign
from little_bell.queries.links import campaign_links
from little_bell.queries.message_lists import list_messages
from little_bell.queries.messages import MessageRow
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.message_filters import MessageFilters
from little_bell.ui.rows import MessageLine, message_line
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.watched import WatchedList

ROWS = 50
#: A page that few messages fit is looked for so long; then it is shown as it is, and Next goes on.
LOOK_SECONDS = 0.15
LINKS = 100


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A link of the campaign, to filter by."""

    id: str
    url: str


def _page(connection: Connection, who: SignIn, campaign_id: int, asked: MessageFilters, cursor: str | None) -> Page[MessageLine]:
    """A page, put together of short ones as long as that is quick."""
    deadline = time.monotonic() + LOOK_SECONDS
    wanted, rows = asked.filter(campaign_id), list[MessageRow]()
    while True:
        page = list_messages(connection, who.tenant_id, wanted, sort=asked.order, limit=ROWS - len(rows), cursor=cursor)
        rows, cursor = rows + page.rows, page.next_cursor
        if cursor is None or len(rows) == ROWS or time.monotonic() > deadline:
            return Page([message_line(row, zone_of(who.time_zone)) for row in rows], cursor)


class CampaignMessages(WatchedList, rx.State):
    asked: MessageFilters = MessageFilters()
    rows: list[MessageLine] = []
    links: list[LinkChoice] = []
    shown_id: int = 0
    _is_shown: bool = False
    _view = staticmethod(_page)

    @rx.event
    async def load(self):
        """What the address asks for of its campaign; nothing of one that isn't the tenant's."""
        who = await member(self)
        campaign_id = checked.identifier(self.campaign_id, "campaign")
        await read(get_campaign, who.tenant_id, campaign_id)
        if campaign_id != self.shown_id:
            self.shown_id, self.rows, self.is_loading = campaign_id, [], True
            self._start_over()
        self._read_address()
        self._is_shown = True
        self.links = await read(_links, who, campaign_id)
        await self._load()
        return CampaignMessages.watch

    @rx.event
    async def leave(self):
        """The list is out of sight: it needn’t be kept up to date."""
        self._is_shown = False

    def _wanted(self) -> tuple[int, MessageFilters, str | None] | None:
        return (self.shown_id, self.asked, self._cursor()) if self._is_shown else None

    def _campaign(self) -> int:
        return self.shown_id

    def _show(self, fresh: Page[MessageLine]) -> None:
        self.rows = fresh.rows
        self._arrive(fresh.next_cursor)
        self.is_loading = False


def _links(connection: Connection, who: SignIn, campaign_id: int) -> list[LinkChoice]:
    found = campaign_links(connection, who.tenant_id, campaign_id, LINKS)
    return [LinkChoice(str(row.id), row.url if len(row.url) <= 80 else f"{row.url[:79]}…") for row in found]
