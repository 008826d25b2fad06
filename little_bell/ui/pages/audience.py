"""Everybody mail went to: segments with their counts, filters, the list, a file of it, and what one person got."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.audience_filters import CLICKED, OPENED, SENT, SORTS, SUPPRESSED, UNOPENED
from little_bell.ui.components.file_making import file_dialog
from little_bell.ui.components.filters import filter_choice, filter_search, filter_text, unfilter
from little_bell.ui.components.forms import dialog, switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, empty, filled, loaded, nothing_found
from little_bell.ui.components.marks import address, icon, status_badge, to
from little_bell.ui.components.parts import card, page_head, table
from little_bell.ui.filters import BY
from little_bell.ui.paging import pager
from little_bell.ui.states.audience import Audience, AudienceFile

HEADINGS = ["Recipient", "#~Campaigns", "#~Opened", "#~Clicked", "#Unopened in a row", "#~Last mailed", "#~Last opened", "#~Last clicked"]


def page() -> rx.Component:
    export = rx.el.button(icon("download", 16), "Export …", type="button", class_name="button", on_click=AudienceFile.set_open(True))
    return frame(
        routes.AUDIENCE,
        page_head(
            "Audience",
            switch("Whose opens and clicks", Audience.asked.by, lambda by: Audience.choose("by", by), BY),
            export,
            lead="Everybody your mail went to, one row an address. What just happened is here a few seconds later.",
        ),
        card(loaded(Audience.is_loading, bones(3), _segments()), title="Segments"),
        card(
            _tools(),
            rx.el.p(
                rx.el.span(Audience.total, class_name="number", role="status"),
                rx.el.span("Unopened in a row: so many of the latest campaigns they got were not opened.", class_name="wide-only soft"),
                class_name="list-total",
            ),
            filled(Audience.is_loading, Audience.rows.length() > 0, _table(), _nothing(), 10),
            pager(Audience),
            flush=True,
        ),
        file_dialog(AudienceFile, "Export recipients"),
        _person(),
    )


def _segments() -> rx.Component:
    def one(segment: Any) -> rx.Component:
        return rx.el.button(
            rx.el.span(segment.name, class_name="name"),
            rx.el.span(segment.count, class_name="value number"),
            rx.el.span(segment.other, class_name="beside number"),
            type="button",
            class_name="segment",
            aria_pressed=rx.cond(segment.is_chosen, "true", "false"),
            on_click=Audience.choose_segment(segment.name),
        )

    return rx.el.div(rx.foreach(Audience.segments, one), class_name="segments", role="group", aria_label="Segments")


def _tools() -> rx.Component:
    return rx.el.div(
        filter_search(Audience, "Address begins with"),
        filter_choice(Audience, "unopened", "Unopened campaigns", UNOPENED),
        filter_choice(Audience, "opened", "Opened", OPENED),
        filter_choice(Audience, "clicked", "Clicked", CLICKED),
        filter_choice(Audience, "sent", "Mailed", SENT),
        filter_choice(Audience, "suppressed", "Suppressed", SUPPRESSED),
        filter_text(Audience, "domain", "Mailbox domain"),
        filter_choice(Audience, "sort", "Order", SORTS),
        rx.cond(Audience.is_narrowed, unfilter(Audience), rx.fragment()),
        class_name="tools",
    )


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        name = rx.el.button(address(row.parts), type="button", class_name="title", on_click=Audience.show_person(row.address))
        mark = rx.cond(row.is_suppressed, rx.el.span("suppressed", class_name="badge warn"), rx.fragment())
        return rx.el.tr(
            rx.el.td(name, " ", mark),
            rx.el.td(row.campaigns, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num wide-only"),
            rx.el.td(row.clicked, class_name="num wide-only"),
            rx.el.td(row.unopened, class_name="num"),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.last_opened, class_name="num wide-only"),
            rx.el.td(row.last_clicked, class_name="num wide-only"),
        )

    return table(HEADINGS, rx.foreach(Audience.rows, line), "Recipients")


def _nothing() -> rx.Component:
    so_far = empty("search", "None so far", "Many recipients were looked through; go on with Next.")
    none_yet = empty("users", "Nobody yet", "Whoever you send a message to appears here, once it is marked as sent or opened.")
    found_none = nothing_found(Audience.is_narrowed, "Take a filter away, or use fewer letters.", Audience.unfilter, none_yet)
    return rx.cond(Audience.has_next, so_far, found_none)


def _person() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(to(row.href, row.campaign, class_name="title")),
            rx.el.td(status_badge(row.status)),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num"),
        )

    mail = table(["Campaign", "Status", "#~Sent", "#First opened"], rx.foreach(Audience.mail, line), "Messages to them")
    close = rx.el.button("Close", type="button", class_name="button", on_click=Audience.close_person(False))
    return dialog(
        "What they got",
        rx.fragment(Audience.person, ", newest first"),
        rx.el.div(mail, class_name="scrolls", tab_index=0, role="region", aria_label="Messages to them"),
        rx.el.div(close, class_name="dialog-foot"),
        is_open=Audience.person != "",
        on_change=Audience.close_person,
    )
