"""What came back: how much of it, why, from where, and each one with its diagnosis."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.bounce_filters import KINDS, ORDERS, REASONS
from little_bell.ui.components.filters import filter_chip, filter_choice, filter_search
from little_bell.ui.components.frame import frame
from little_bell.ui.components.gauges import gauges_row, ranking
from little_bell.ui.components.loading import chart_bone, empty, filled, loaded, nothing_found
from little_bell.ui.components.marks import KIND_TONES, badge, icon, to
from little_bell.ui.components.parts import card, download, page_head, table
from little_bell.ui.components.period import period_picker
from little_bell.ui.components.trend import trend_chart, trend_legend
from little_bell.ui.paging import pager
from little_bell.ui.states.bounces import Bounces

LIMITS = (
    "Mailbox providers take senders by their numbers. Gmail and Yahoo ask bulk senders for fewer than 0.1 % complaints, and stop "
    "delivering from 0.3 % on. Above 2 % bounces a list counts as old or bought; Amazon SES looks at an account from 5 % on. "
    "Suppressing dead addresses and those who complained brings both down."
)


def page() -> rx.Component:
    head = page_head(
        "Bounces",
        period_picker(Bounces),
        download("Download CSV", Bounces.export_href),
        lead=rx.fragment("Mail that finally failed, and what the other side said: ", Bounces.period.words, "."),
    )
    quiet = empty(
        "circle-check", "Nothing came back", "No bounce and no complaint was reported in this period. Those that are, are counted here."
    )
    return frame(
        routes.BOUNCES,
        head,
        _waiting(),
        gauges_row(Bounces.gauges, Bounces.is_loading),
        rx.el.details(rx.el.summary("Why these limits?"), rx.el.p(LIMITS), class_name="aside-note"),
        rx.cond(Bounces.is_quiet, card(quiet), _all_of_it()),
    )


def _all_of_it() -> rx.Component:
    return rx.el.div(
        card(_trend(), title="Over time", aside=trend_legend()),
        rx.el.div(
            _ranks("By reason", Bounces.categories, "Reasons of bounces"),
            _ranks("By mailbox", Bounces.domains, "Bounces by mailbox domain"),
            _ranks("By campaign", Bounces.campaigns, "Bounces by campaign"),
            class_name="three",
        ),
        _list(),
        class_name="stack",
    )


def _waiting() -> rx.Component:
    words = rx.cond(Bounces.waiting == 1, "report found no message and waits", "reports found no message and wait")
    told = rx.el.p(Bounces.waiting, " ", words, " for somebody to look. ", to(routes.REVIEW, "Review", class_name="link"))
    return rx.cond(Bounces.waiting > 0, rx.el.div(icon("inbox"), told, class_name="notice"), rx.fragment())


def _trend() -> rx.Component:
    return loaded(Bounces.is_loading, chart_bone(), trend_chart(Bounces.points, "Bounces and complaints by day"))


def _ranks(title: str, rows: Any, label: str) -> rx.Component:
    quiet = empty("circle-check", "Nothing bounced", "Failures that are reported in this period are counted here.")
    aside = rx.el.span(Bounces.partial, class_name="faint small")
    return card(filled(Bounces.is_loading, rows.length() > 0, ranking(rows, label), quiet), title=title, aside=aside)


def _list() -> rx.Component:
    tools = rx.el.div(
        filter_search(Bounces, "Search recipients and reasons"),
        filter_choice(Bounces, "kind", "Kind", KINDS),
        filter_choice(Bounces, "reason", "Reason", REASONS),
        filter_choice(Bounces, "sort", "Order", ORDERS),
        filter_chip(Bounces, "domain", Bounces.asked.domain),
        filter_chip(Bounces, "campaign", Bounces.campaign_name),
        class_name="tools",
    )
    none_yet = empty("inbox", "No bounces to show", "Nothing has bounced in this period.")
    more = empty("search", "None so far", "Many bounces were looked through; go on with Next.")
    found = nothing_found(Bounces.is_narrowed, "No bounce of this period is like that.", Bounces.unfilter, none_yet)
    nothing = rx.cond(Bounces.has_next, more, found)
    return card(tools, filled(Bounces.is_loading, Bounces.rows.length() > 0, _table(), nothing, 8), pager(Bounces), flush=True)


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        reason = rx.fragment(rx.el.span(row.reason, class_name="clamp"), rx.el.span(row.kind, ": ", row.category, class_name="sub"))
        return rx.el.tr(
            rx.el.td(to(row.href, row.recipient, class_name="title"), rx.el.div(reason, class_name="narrow-line")),
            rx.el.td(badge(row.kind, KIND_TONES), class_name="wide-only"),
            rx.el.td(reason, class_name="wide-only"),
            rx.el.td(row.when, class_name="num when wide-only"),
        )

    return table(["Recipient", "~Kind", "~Reason", "#~When"], rx.foreach(Bounces.rows, line), "Bounces")
