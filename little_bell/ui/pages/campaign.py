"""One campaign: its numbers as they move, its course over time, its readers, messages and links, and how to set it up."""

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.campaign_filters import TABS
from little_bell.ui.components.forms import switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import empty
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, download, figures_row, page_head, snippet
from little_bell.ui.components.pinned import pin_notice
from little_bell.ui.pages.campaign_audience import audience, links
from little_bell.ui.pages.campaign_forms import campaign_dialogs
from little_bell.ui.pages.campaign_results import results
from little_bell.ui.pages.lost import gone
from little_bell.ui.pages.messages import messages
from little_bell.ui.pages.recipients import recipients
from little_bell.ui.shell import Shell
from little_bell.ui.states.campaign import Campaign, export_href
from little_bell.ui.states.campaign_desk import CampaignDesk


def page() -> rx.Component:
    tabs = (("messages", messages()), ("audience", audience()), ("links", links()), ("import", recipients()), ("setup", _setup()))
    return frame(
        routes.CAMPAIGNS,
        rx.cond(
            Campaign.is_missing,
            gone("campaign", routes.CAMPAIGNS, "All campaigns"),
            rx.el.div(
                _head(),
                pin_notice(Campaign),
                figures_row(Campaign.figures, Campaign.is_loading),
                switch("Part of the campaign", Campaign.asked.tab, lambda tab: Campaign.choose("tab", tab), TABS),
                rx.match(Campaign.asked.tab, *tabs, rx.cond(Campaign.is_blank, _blank(), results())),
                campaign_dialogs(),
                class_name="stack",
            ),
        ),
    )


def _head() -> rx.Component:
    crumbs = rx.el.nav(
        to(routes.CAMPAIGNS, "Campaigns"), rx.el.span("/", aria_hidden="true"), class_name="crumbs", aria_label="Where you are"
    )
    created = rx.el.span("Created ", Campaign.created, rx.cond(Campaign.sent_ago != "", f" · {Campaign.sent_ago}", ""))
    lead = rx.el.span(
        rx.cond(Campaign.subject != "", rx.fragment("“", Campaign.subject, "” · ", created), created),
        rx.foreach(Campaign.tags, lambda tag: rx.el.span(tag, class_name="badge")),
        rx.cond(Campaign.is_archived, rx.el.span("archived", class_name="badge warn"), rx.fragment()),
        class_name="row wrap",
    )
    edit = rx.el.button(icon("pencil", 16), "Edit", type="button", class_name="button", on_click=CampaignDesk.ask_edit(Campaign.shown_id))
    away = rx.el.button(
        icon("archive", 16),
        rx.cond(Campaign.is_archived, "Take back", "Archive"),
        type="button",
        class_name="button",
        on_click=CampaignDesk.archive(Campaign.shown_id),
    )
    buttons = rx.cond(Shell.can_edit & ~Campaign.is_loading, rx.fragment(edit, away), rx.fragment())
    name = rx.cond(Campaign.name != "", Campaign.name, "…")
    return rx.el.div(page_head(name, buttons, download("Download CSV", export_href()), crumbs=crumbs), lead, class_name="stack tight")


def _blank() -> rx.Component:
    start = rx.el.button("Set it up", type="button", class_name="button primary", on_click=Campaign.choose("tab", "setup"))
    text = "Register one for each recipient, put the pixel and the links in, and watch this page."
    return card(empty("send", "Ready for its messages", text, start))


def _setup() -> rx.Component:
    def step(title: str, text: str, code: rx.Var[str], label: str) -> rx.Component:
        return card(rx.el.div(rx.el.p(text, class_name="soft"), snippet(code, label), class_name="stack tight"), title=title)

    return rx.el.div(
        step(
            "1 · Register each message",
            "The answer holds its token, and the pixel ready to paste. Batches of 10,000 go to /api/messages/batch.",
            Campaign.snippets.register,
            "Copy call",
        ),
        step(
            "2 · Put the pixel into the mail",
            "At the end of the HTML body; {{token}} is the message’s own.",
            Campaign.snippets.pixel,
            "Copy pixel",
        ),
        step(
            "3 · Track its links",
            "The answer’s click_url is signed: it leads to exactly this address, and counts the click.",
            Campaign.snippets.link,
            "Copy call",
        ),
        class_name="stack",
    )
