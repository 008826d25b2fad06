"""The list of campaigns: filtered as the address says, live, with some of them picked to be compared."""

import reflex as rx
from sqlalchemy import Connection

from little_bell.queries.campaigns import get_campaign, list_campaigns, tags_in_use
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked
from little_bell.ui.campaign_list import FEWEST, MOST, CampaignsFilters, compare_href
from little_bell.ui.pinning import PinLine, pinned_as
from little_bell.ui.rows import CampaignLine, campaign_line
from little_bell.ui.session import SignIn, member, read
from little_bell.ui.shell import Shell
from little_bell.ui.watched import WatchedList

ROWS = 25


def _page(connection: Connection, who: SignIn, asked: CampaignsFilters, cursor: str | None) -> tuple[PinLine, Page[CampaignLine]]:
    tags, mine = [asked.tag] if asked.tag else [], (connection, who.tenant_id)
    with pinned_as(connection, who, asked.set) as pin:
        found = list_campaigns(*mine, search=asked.q, tags=tags, archived=asked.shown, sort=asked.sort, limit=ROWS, cursor=cursor)
    return pin, Page([campaign_line(row, zone_of(who.time_zone), asked.set) for row in found.rows], found.next_cursor)


class Campaigns(WatchedList, rx.State):
    asked: CampaignsFilters = CampaignsFilters()
    pin: PinLine = PinLine()
    rows: list[CampaignLine] = []
    tags: list[str] = []
    picked: list[int] = []
    compare: str = ""
    _view = staticmethod(_page)

    @rx.event
    async def load(self):
        """What the address names."""
        who = await member(self)
        self._read_address()
        self.tags = await read(tags_in_use, who.tenant_id)
        if self.asked.tag and self.asked.tag not in self.tags:
            self.tags = [*self.tags, self.asked.tag]
        await self._load()
        return Campaigns.watch

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

    def _pick(self, picked: list[int]) -> None:
        self.picked = picked
        self.compare = compare_href(picked, self.asked.set) if len(picked) >= FEWEST else ""

    def _show(self, fresh: tuple[PinLine, Page[CampaignLine]]) -> None:
        self.pin, page = fresh
        self.rows = page.rows
        self._arrive(page.next_cursor)
        self.is_loading = False
