"""The list of campaigns: filtered as the address says, live, with some of them picked to be compared."""

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import CampaignRow, get_campaign, list_campaigns, tags_in_use
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.address import Addressed
from little_bell.ui.campaign_list import FEWEST, MOST, CampaignsFilters, compare_href
from little_bell.ui.live import changes, watcher
from little_bell.ui.paging import Paged
from little_bell.ui.pinning import PinLine, pinned_as
from little_bell.ui.rows import CampaignLine, campaign_line
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.shell import Shell

ROWS = 25


class Campaigns(Paged, Addressed, rx.State):
    asked: CampaignsFilters = CampaignsFilters()
    pin: PinLine = PinLine()
    is_loading: bool = True
    rows: list[CampaignLine] = []
    tags: list[str] = []
    picked: list[int] = []
    compare: str = ""
    _seen: int = 0

    @rx.event
    async def load(self):
        """What the address names."""
        who = await member(self)
        self._read_address()
        self._seen = watcher.version(who.tenant_id)
        self.tags = await read(tags_in_use, who.tenant_id)
        if self.asked.tag and self.asked.tag not in self.tags:
            self.tags = [*self.tags, self.asked.tag]
        self._show(await read(_page, who, *self._wanted()), who)
        return Campaigns.watch

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        who = await member(self)
        self._show(await read(_page, who, *self._wanted()), who)

    @rx.event
    async def pick(self, campaign_id: int):
        """Take a campaign to those that are to be compared, or away from them."""
        who = await member(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign_id, "campaign"))
        if row.id in self.picked:
            self._pick([one for one in self.picked if one != row.id])
        elif len(self.picked) < MOST:
            self._pick([*self.picked, row.id])
        else:
            return Shell.complain(f"{MOST} campaigns at most can be compared.")
        return None

    @rx.event
    async def unpick(self):
        """Begin anew."""
        self._pick([])

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for _version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                wanted = self._wanted()
            fresh = await read(_page, who, *wanted)
            async with self:
                if self._wanted() == wanted:
                    self._show(fresh, who)

    def _pick(self, picked: list[int]) -> None:
        self.picked = picked
        self.compare = compare_href(picked, self.asked.set) if len(picked) >= FEWEST else ""

    def _wanted(self) -> tuple[CampaignsFilters, str | None]:
        return self.asked, self._cursor()

    def _show(self, fresh: tuple[PinLine, Page[CampaignRow]], who: SignIn) -> None:
        self.pin, page = fresh
        self.rows = [campaign_line(row, zone_of(who.time_zone), self.asked.set) for row in page.rows]
        self._arrive(page.next_cursor)
        self.is_loading = False


def _page(connection: Connection, who: SignIn, asked: CampaignsFilters, cursor: str | None) -> tuple[PinLine, Page[CampaignRow]]:
    tags, mine = [asked.tag] if asked.tag else [], (connection, who.tenant_id)
    with pinned_as(connection, who, asked.set) as pin:
        return pin, list_campaigns(*mine, search=asked.q, tags=tags, archived=asked.shown, sort=asked.sort, limit=ROWS, cursor=cursor)
