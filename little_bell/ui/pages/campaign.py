"""One campaign: its numbers as they move, its course over time, its messages, its links, and how to set it up."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.chart import events_chart, legend
from little_bell.ui.components.forms import choice, search, switch
from little_bell.ui.components.loading import chart_bone, empty, filled, loaded
from little_bell.ui.components.marks import status_badge, to
from little_bell.ui.components.parts import card, download, figures_row, page_head, reasons_table, snippet, table
from little_bell.ui.pages.lost import gone
from little_bell.ui.pages.recipients import recipients
from little_bell.ui.paging import pager
from little_bell.ui.shell import frame
from little_bell.ui.states.campaign import SPANS, TABS, Campaign, export_href
from little_bell.ui.states.messages import STATUSES, CampaignMessages


def page() -> rx.Component:
    return frame(
        routes.CAMPAIGNS,
        rx.cond(
            Campaign.is_missing,
            gone("campaign", routes.CAMPAIGNS, "All campaigns"),
            rx.el.div(
                _head(),
                figures_row(Campaign.figures, Campaign.is_loading),
                switch("Part of the campaign", Campaign.tab, Campaign.choose_tab, TABS),
                rx.match(
                    Campaign.tab, ("messages", _messages()), ("links", _links()), ("import", recipients()), ("setup", _setup()), _results()
                ),
                class_name="stack",
            ),
        ),
    )


def _head() -> rx.Component:
    crumbs = rx.el.nav(
        to(routes.CAMPAIGNS, "Campaigns"), rx.el.span("/", aria_hidden="true"), class_name="crumbs", aria_label="Where you are"
    )
    created = rx.el.span("Created ", Campaign.created)
    lead = rx.cond(Campaign.subject != "", rx.fragment("“", Campaign.subject, "” · ", created), created)
    return page_head(rx.cond(Campaign.name != "", Campaign.name, "…"), download("Download CSV", export_href()), lead=lead, crumbs=crumbs)


def _results() -> rx.Component:
    chart = loaded(
        Campaign.is_loading,
        chart_bone(),
        events_chart(Campaign.points, "Opens, clicks and bounces of this campaign over time"),
    )
    quiet = empty("circle-check", "No bounces", "None of its messages was reported to have failed.")
    full = rx.el.div(
        card(
            rx.el.div(legend(), class_name="legend-line"),
            chart,
            title="Over time",
            aside=switch("Period", Campaign.span, Campaign.choose_span, SPANS),
        ),
        rx.el.div(
            card(_funnel(), title="How far the messages came"),
            card(
                filled(Campaign.is_loading, Campaign.reasons.length() > 0, reasons_table(Campaign.reasons), quiet),
                title="Why messages bounced",
                flush=True,
            ),
            class_name="two even",
        ),
        rx.cond(Campaign.told.length() > 0, _told(), rx.fragment()),
        class_name="stack",
    )
    start = rx.el.button("Set it up", type="button", class_name="button primary", on_click=Campaign.choose_tab("setup"))
    blank = card(
        empty(
            "send", "Ready for its messages", "Register one for each recipient, put the pixel and the links in, and watch this page.", start
        )
    )
    return rx.cond(Campaign.is_blank, blank, full)


def _funnel() -> rx.Component:
    def bar(step: Any) -> rx.Component:
        return rx.el.li(
            step.name,
            rx.el.div(rx.el.i(style={"width": step.width}), class_name=f"bar {step.tone}", aria_hidden="true"),
            rx.el.span(rx.el.strong(step.value), " ", rx.el.span(step.share, class_name="faint"), class_name="number"),
        )

    return rx.el.ul(rx.foreach(Campaign.funnel, bar), class_name="funnel")


def _told() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.provider),
            rx.el.td(row.opens, rx.el.span(row.merged_opens, " seen by us too", class_name="sub"), class_name="num"),
            rx.el.td(row.clicks, rx.el.span(row.merged_clicks, " seen by us too", class_name="sub"), class_name="num"),
        )

    full = table(["Provider", "#Opens", "#Clicks"], rx.foreach(Campaign.told, line), "What providers told")
    return card(full, title="What providers say of its readers", flush=True)


def _messages() -> rx.Component:
    found_none = empty("search-x", "No message matches", "Try another status, or fewer letters of the address.")
    none_yet = empty("mail-plus", "No messages yet", "Register one for each recipient; “Set up” has the call to copy.")
    found_none = rx.cond(
        CampaignMessages.has_next, empty("search", "None so far", "Many messages were looked through; go on with Next."), found_none
    )
    nothing = rx.cond((CampaignMessages.sought != "") | (CampaignMessages.status != ""), found_none, none_yet)
    return card(
        rx.el.div(
            search("Search recipients", CampaignMessages.sought, CampaignMessages.find),
            choice("Status", CampaignMessages.status, CampaignMessages.choose_status, STATUSES),
            class_name="tools",
        ),
        filled(CampaignMessages.is_loading, CampaignMessages.rows.length() > 0, _messages_table(), nothing, 10),
        pager(CampaignMessages),
        flush=True,
    )


def _messages_table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        note = rx.cond(row.note != "", rx.el.span(row.note, class_name="sub cut"), rx.fragment())
        return rx.el.tr(
            rx.el.td(to(row.href, row.recipient, class_name="title"), note),
            rx.el.td(status_badge(row.status)),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num wide-only"),
            rx.el.td(row.clicked, class_name="num wide-only"),
            rx.el.td(row.opens, class_name="num"),
            rx.el.td(row.clicks, class_name="num"),
        )

    headings = ["Recipient", "Status", "#~Sent", "#~First opened", "#~First clicked", "#Opens", "#Clicks"]
    return table(headings, rx.foreach(CampaignMessages.rows, line), "Messages")


def _links() -> rx.Component:
    def line(row: Any) -> rx.Component:
        bar = rx.el.div(rx.el.i(style={"width": row.width}), class_name="bar clicks", aria_hidden="true")
        return rx.el.tr(
            rx.el.td(rx.el.span(row.url, class_name="mono")),
            rx.el.td(bar, class_name="wide-only"),
            rx.el.td(row.people, class_name="num"),
            rx.el.td(row.unique, class_name="num"),
            rx.el.td(row.clicks, class_name="num"),
        )

    nothing = empty("link", "No links yet", "A link appears here when its tracked address is made, on a message’s page or through the API.")
    full = table(["Link", "~!Share", "#People", "#Messages", "#All clicks"], rx.foreach(Campaign.links, line), "Links")
    return card(filled(Campaign.is_loading, Campaign.links.length() > 0, full, nothing), title="Links", flush=True)


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
