"""The messages of the campaign that is open: found by recipient and status, read page by page."""

import reflex as rx

from little_bell.domain.events import Status
from little_bell.domain.readings import MessageSort
from little_bell.queries.campaigns import get_campaign
from little_bell.queries.message_lists import MessageFilter, list_messages
from little_bell.queries.messages import MessageRow
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.live import changes, watcher
from little_bell.ui.paging import Paged
from little_bell.ui.rows import MessageLine, message_line
from little_bell.ui.session import SignIn, member, read

ROWS = 50
STATUSES = {"": "Every status", **{str(status): str(status).capitalize() for status in Status}}


class CampaignMessages(Paged, rx.State):
    is_loading: bool = True
    sought: str = ""
    status: str = ""
    rows: list[MessageLine] = []
    _of: int = 0
    _is_shown: bool = False
    _seen: int = 0

    @rx.event
    async def load(self):
        """The first page of the campaign in the address; nothing for one that isn't the tenant's."""
        who = await member(self)
        campaign_id = checked.identifier(self.campaign_id, "campaign")
        await read(get_campaign, who.tenant_id, campaign_id)
        if campaign_id != self._of:
            self._of, self.sought, self.status, self.rows, self.is_loading = campaign_id, "", "", [], True
            self._start_over()
        self._is_shown = True
        self._seen = watcher.version(who.tenant_id, campaign_id)
        self._show(await _read(who, *self._asked()), who)
        return CampaignMessages.watch

    @rx.event
    async def leave(self):
        """The list is out of sight: it needn’t be kept up to date."""
        self._is_shown = False

    @rx.event
    async def find(self, sought: str):
        self.sought = checked.text(sought, "search", 200)
        self._start_over()
        await self._again()

    @rx.event
    async def choose_status(self, status: str):
        self.status = checked.one_of(status, "status", STATUSES)
        self._start_over()
        await self._again()

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        await self._again()

    @rx.event(background=True)
    async def watch(self):
        who, campaign_id = await member(self), self._of
        async for _version in changes(self, self._seen, who.tenant_id, campaign_id):
            who = await member(self)
            async with self:
                asked = self._asked()
                if not self._is_shown:
                    return
            fresh = await _read(who, *asked)
            async with self:
                if self._asked() == asked:
                    self._show(fresh, who)

    async def _again(self) -> None:
        who = await member(self)
        self._show(await _read(who, *self._asked()), who)

    def _asked(self) -> tuple[int, str, str, str | None]:
        return (self._of, self.sought, self.status, self._cursor())

    def _show(self, fresh: Page[MessageRow], who: SignIn) -> None:
        self.rows = [message_line(row, zone_of(who.time_zone)) for row in fresh.rows]
        self._arrive(fresh.next_cursor)
        self.is_loading = False


async def _read(who: SignIn, campaign_id: int, sought: str, status: str, cursor: str | None) -> Page[MessageRow]:
    wanted = MessageFilter(campaign_id=campaign_id, status=status or None, search=sought)
    return await read(list_messages, who.tenant_id, wanted, limit=ROWS, cursor=cursor, sort=MessageSort.NEWEST)
