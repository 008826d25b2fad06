"""All campaigns: find one, create one, delete one."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlalchemy import Connection

from little_bell.actions.campaigns import create_campaign, hide_campaign
from little_bell.actions.forms import NewCampaign, fill
from little_bell.domain.errors import Invalid
from little_bell.journal.records import CampaignDeletion
from little_bell.queries.campaigns import CampaignRow, get_campaign, list_campaigns
from little_bell.queries.paging import Page
from little_bell.queries.series import zone_of
from little_bell.ui import checked, routes
from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem, search
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, page_head, table
from little_bell.ui.guard import sentence
from little_bell.ui.live import changes, watcher
from little_bell.ui.paging import Paged, pager
from little_bell.ui.rows import CampaignLine, campaign_line
from little_bell.ui.session import SignIn, editor, house, member, read, write
from little_bell.ui.shell import Shell, frame

ROWS = 25
HEADINGS = ["Campaign", "#~Messages", "#~Sent", "#Open rate", "#Click rate", "#~Bounce rate", "#~Created", "#!Delete"]


class Campaigns(Paged, rx.State):
    is_loading: bool = True
    sought: str = ""
    rows: list[CampaignLine] = []
    is_creating: bool = False
    refusal: str = ""
    doomed_id: int = 0
    doomed: str = ""
    _seen: int = 0

    @rx.event
    async def load(self):
        self.is_creating, self.doomed_id = False, 0
        await self._load()
        return Campaigns.watch

    @rx.event
    async def find(self, sought: str):
        self.sought = checked.text(sought, "search", 200)
        self._start_over()
        await self._load()

    @rx.event
    async def turn(self, where: str):
        self._turn(where)
        await self._load()

    @rx.event
    async def set_creating(self, is_open: bool):
        self.is_creating, self.refusal = is_open is True, ""

    @rx.event
    async def create(self, form: dict[str, Any]):
        who = await editor(self)
        given = {name: text for name, text in checked.form(form, "name", "subject").items() if text}
        try:
            campaign_id = await write(create_campaign, who.tenant_id, fill(NewCampaign, {"name": "", **given}), who.email)
        except Invalid as error:
            self.refusal = sentence(error.message)
            return None
        self.is_creating, self.refusal = False, ""
        return rx.redirect(f"{routes.CAMPAIGNS}/{campaign_id}")

    @rx.event
    async def ask_delete(self, campaign_id: int):
        who = await editor(self)
        row = await read(get_campaign, who.tenant_id, checked.identifier(campaign_id, "campaign"))
        self.doomed_id, self.doomed = row.id, row.name

    @rx.event
    async def close_delete(self, _is_open: bool = False):
        self.doomed_id, self.doomed = 0, ""

    @rx.event
    async def delete(self):
        who = await editor(self)
        name = self.doomed
        await delete_campaign(who, checked.identifier(self.doomed_id, "campaign"))
        self.doomed_id, self.doomed = 0, ""
        await self._load()
        return Shell.say(f"“{name[:80]}” was deleted.")

    @rx.event(background=True)
    async def watch(self):
        who = await member(self)
        async for _version in changes(self, self._seen, who.tenant_id):
            who = await member(self)
            async with self:
                sought, cursor = self.sought, self._cursor()
            fresh = await _page(who, sought, cursor)
            async with self:
                if (self.sought, self._cursor()) == (sought, cursor):
                    self._show(fresh, who)

    async def _load(self) -> None:
        who = await member(self)
        self._seen = watcher.version(who.tenant_id)
        self._show(await _page(who, self.sought, self._cursor()), who)

    def _show(self, fresh: Page[CampaignRow], who: SignIn) -> None:
        self.rows = [campaign_line(row, zone_of(who.time_zone)) for row in fresh.rows]
        self._arrive(fresh.next_cursor)
        self.is_loading = False


async def _page(who: SignIn, sought: str, cursor: str | None) -> Page[CampaignRow]:
    return await read(list_campaigns, who.tenant_id, search=sought, limit=ROWS, cursor=cursor)


async def delete_campaign(who: SignIn, campaign_id: int) -> None:
    """Hide it and journal its deletion, both or neither. Raises NotFound, JournalFull."""

    def both(connection: Connection) -> None:
        hide_campaign(connection, who.tenant_id, campaign_id, who.email)
        now = datetime.now(UTC)
        house().journal.append([CampaignDeletion(who.tenant_id, campaign_id, int(now.timestamp() * 1_000_000))])

    await write(both)


def page() -> rx.Component:
    return frame(
        routes.CAMPAIGNS,
        page_head("Campaigns", _new_button(), lead="Each batch of mail with what people did with it. Rates count people, not machines."),
        card(
            rx.el.div(search("Search by name or subject", Campaigns.sought, Campaigns.find), class_name="tools"),
            filled(Campaigns.is_loading, Campaigns.rows.length() > 0, _table(), _nothing(), 8),
            pager(Campaigns),
            flush=True,
        ),
        _new_dialog(),
        _delete_dialog(),
    )


def _new_button() -> rx.Component:
    button = rx.el.button(icon("plus"), "New campaign", class_name="button primary", type="button", on_click=Campaigns.set_creating(True))
    return rx.cond(Shell.can_edit, button, rx.fragment())


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        bin_button = rx.el.button(
            icon("trash-2", 16),
            class_name="icon-button",
            type="button",
            aria_label=f"Delete {row.name}",
            on_click=Campaigns.ask_delete(row.id),
        )
        return rx.el.tr(
            rx.el.td(
                to(row.href, row.name, class_name="title"),
                rx.cond(row.subject != "", rx.el.span(row.subject, class_name="sub"), rx.fragment()),
            ),
            rx.el.td(row.total, class_name="num wide-only"),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num"),
            rx.el.td(row.clicked, class_name="num"),
            rx.el.td(row.bounced, class_name="num wide-only"),
            rx.el.td(row.created, class_name="num wide-only"),
            rx.el.td(rx.cond(Shell.can_edit, bin_button, rx.fragment()), class_name="num"),
        )

    return table(HEADINGS, rx.foreach(Campaigns.rows, line), "Campaigns")


def _nothing() -> rx.Component:
    none_found = empty("search-x", "No campaign matches", "Try fewer letters, or a word of the subject.")
    none_yet = empty(
        "mails", "No campaigns yet", "A campaign is a batch of mail with one purpose: a newsletter, a welcome, an offer.", _new_button()
    )
    return rx.cond(Campaigns.sought != "", none_found, none_yet)


def _new_dialog() -> rx.Component:
    form = rx.el.form(
        field("Name", "name", required=True, max_length=200, auto_focus=True, placeholder="Autumn letter"),
        field("Subject", "subject", "What readers see in their inbox. Optional.", max_length=998),
        problem(Campaigns.refusal),
        dialog_foot(Campaigns.set_creating(False), rx.el.button("Create campaign", type="submit", class_name="button primary")),
        on_submit=Campaigns.create,
    )
    return dialog(
        "New campaign",
        "You can register its messages right afterwards.",
        form,
        is_open=Campaigns.is_creating,
        on_change=Campaigns.set_creating,
    )


def _delete_dialog() -> rx.Component:
    text = rx.fragment(
        rx.el.strong(Campaigns.doomed),
        " with all its messages, events and numbers. This can’t be undone. Unsubscribe links in sent mail go on working.",
    )
    return confirm(
        "Delete this campaign?",
        text,
        "Delete campaign",
        Campaigns.delete,
        is_open=Campaigns.doomed_id > 0,
        on_close=Campaigns.close_delete,
    )
