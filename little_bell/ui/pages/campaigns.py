"""All campaigns: find one, make one, put one away, pick some to compare."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.campaign_list import SHOWN, SORTS
from little_bell.ui.components.filters import filter_choice, filter_search
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import empty, filled, nothing_found
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, page_head, table, with_machines
from little_bell.ui.components.pinned import pin_notice
from little_bell.ui.pages.campaign_forms import campaign_dialogs, new_button
from little_bell.ui.paging import pager
from little_bell.ui.shell import Shell
from little_bell.ui.states.campaign_desk import CampaignDesk
from little_bell.ui.states.campaigns import Campaigns

HEADINGS = [
    "~!Compare",
    "Campaign",
    "#^Messages",
    "#~Sent?sent",
    "#Open rate?human_open_rate",
    "#Click rate?human_click_rate",
    "#~Bounce rate?bounce_rate",
    "#^Created",
    "#~!What can be done",
]


def page() -> rx.Component:
    return frame(
        routes.CAMPAIGNS,
        page_head(
            "Campaigns",
            new_button(),
            lead="Each batch of mail with what people did with it, and below what was counted with machines.",
        ),
        pin_notice(Campaigns),
        card(
            _tools(),
            rx.cond(Campaigns.picked.length() > 0, _picked(), rx.fragment()),
            filled(Campaigns.is_loading, Campaigns.rows.length() > 0, _table(), _nothing(), 8),
            pager(Campaigns),
            flush=True,
        ),
        campaign_dialogs(),
    )


def _tools() -> rx.Component:
    tags = rx.el.select(
        rx.el.option("Every tag", value=""),
        rx.foreach(Campaigns.tags, lambda tag: rx.el.option(tag, value=tag)),
        value=Campaigns.asked.tag,
        on_change=lambda value: Campaigns.choose("tag", value),
        aria_label="Tag",
        class_name="input",
    )
    return rx.el.div(
        filter_search(Campaigns, "Search by name or subject"),
        rx.cond(Campaigns.tags.length() > 0, tags, rx.fragment()),
        filter_choice(Campaigns, "archived", "Shown", SHOWN),
        filter_choice(Campaigns, "sort", "Order", SORTS),
        class_name="tools",
    )


def _picked() -> rx.Component:
    go = to(Campaigns.compare, icon("columns-3", 16), "Compare", class_name="button small primary")
    one_more = rx.el.span("Pick one more to compare.", class_name="soft")
    return rx.el.div(
        rx.el.span(Campaigns.picked.length(), " picked", class_name="number"),
        rx.cond(Campaigns.compare != "", go, one_more),
        rx.el.button("Pick none", type="button", class_name="button small ghost", on_click=Campaigns.unpick),
        class_name="picked",
        role="status",
    )


def _table() -> rx.Component:
    return table(HEADINGS, rx.foreach(Campaigns.rows, _line), "Campaigns")


def _line(row: Any) -> rx.Component:
    can_do = rx.cond(Shell.can_edit, _buttons(row), rx.fragment())
    compare = rx.el.label(_pick(row), "Compare", class_name="tick-line small soft")
    on_a_phone = rx.el.div(rx.el.div(compare, can_do), class_name="narrow-only")
    tags = rx.foreach(
        row.tags,
        lambda tag: rx.el.button(tag, type="button", class_name="badge tag", on_click=Campaigns.choose("tag", tag), title=f"Only {tag}"),
    )
    archived = rx.cond(row.is_archived, rx.el.span("archived", class_name="badge warn"), rx.fragment())
    return rx.el.tr(
        rx.el.td(_pick(row), class_name="wide-only tick-cell"),
        rx.el.td(
            to(row.href, row.name, class_name="title"),
            rx.cond(row.subject != "", rx.el.span(row.subject, class_name="sub"), rx.fragment()),
            rx.cond((row.tags.length() > 0) | row.is_archived, rx.el.span(tags, archived, class_name="tags"), rx.fragment()),
            on_a_phone,
        ),
        rx.el.td(row.total, class_name="num roomy-only"),
        rx.el.td(row.sent, class_name="num wide-only"),
        rx.el.td(row.opened, with_machines(row.opened_by_all), class_name="num"),
        rx.el.td(row.clicked, with_machines(row.clicked_by_all), class_name="num"),
        rx.el.td(row.bounced, class_name="num wide-only"),
        rx.el.td(row.created, class_name="num roomy-only"),
        rx.el.td(can_do, class_name="num wide-only"),
    )


def _pick(row: Any) -> rx.Component:
    return rx.el.input(
        type="checkbox",
        checked=Campaigns.picked.contains(row.id),
        on_change=lambda _checked: Campaigns.pick(row.id),
        aria_label=f"Compare {row.name}",
        class_name="tick",
    )


def _buttons(row: Any) -> rx.Component:
    def button(name: str, label: Any, on_click: Any) -> rx.Component:
        return rx.el.button(icon(name, 16), class_name="icon-button", type="button", aria_label=label, title=label, on_click=on_click)

    away = button("archive", f"Archive {row.name}", CampaignDesk.archive(row.id))
    back = button("archive-restore", f"Take {row.name} back", CampaignDesk.archive(row.id))
    return rx.fragment(
        button("pencil", f"Edit {row.name}", CampaignDesk.ask_edit(row.id)),
        rx.cond(row.is_archived, back, away),
        button("trash-2", f"Delete {row.name}", CampaignDesk.ask_delete(row.id)),
    )


def _nothing() -> rx.Component:
    none_yet = empty(
        "mails", "No campaigns yet", "A campaign is a batch of mail with one purpose: a newsletter, a welcome, an offer.", new_button()
    )
    text = "Try fewer letters, another tag, or look among the archived ones."
    return nothing_found(Campaigns.is_narrowed, text, Campaigns.unfilter, none_yet)
