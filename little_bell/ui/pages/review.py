"""The review queue: mail that came back and found no message, and one of it with what to do about it."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import search
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, empty, filled, loaded
from little_bell.ui.components.marks import status_badge, to
from little_bell.ui.components.parts import card, download, page_head, table
from little_bell.ui.pages.lost import gone
from little_bell.ui.paging import pager
from little_bell.ui.shell import Shell
from little_bell.ui.states.review import Review, ReviewQueue


def page() -> rx.Component:
    quiet = empty("inbox", "Nothing waits", "Mail that came back and found no message of yours would wait here for you.")
    return frame(
        routes.BOUNCES,
        page_head(
            "Review",
            lead="Mail that came back and found no message. Give it to the message it is about, and it is counted; or dismiss it.",
            crumbs=_crumbs(),
        ),
        card(filled(ReviewQueue.is_loading, ReviewQueue.rows.length() > 0, _queue(), quiet), pager(ReviewQueue), flush=True),
    )


def _crumbs() -> rx.Component:
    slash = rx.el.span("/", aria_hidden="true")
    return rx.el.nav(to(routes.BOUNCES, "Bounces"), slash, class_name="crumbs", aria_label="Where you are")


def _queue() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(to(row.href, row.about, class_name="title")),
            rx.el.td(row.source, class_name="wide-only"),
            rx.el.td(row.when, class_name="num"),
        )

    return table(["About", "~Came as", "#When"], rx.foreach(ReviewQueue.rows, line), "Reports that wait")


def one() -> rx.Component:
    """One report."""
    slash = rx.el.span("/", aria_hidden="true")
    crumbs = rx.el.nav(
        to(routes.BOUNCES, "Bounces"), slash, to(routes.REVIEW, "Review"), slash, class_name="crumbs", aria_label="Where you are"
    )
    dismiss = rx.el.button("Dismiss", type="button", class_name="button", on_click=Review.dismiss)
    lead = rx.fragment("Came as ", Review.source, ", ", Review.when)
    head = page_head(
        rx.cond(Review.is_loading, "…", Review.about),
        rx.cond(Shell.can_edit, dismiss, rx.fragment()),
        lead=rx.cond(Review.is_loading, "", lead),
        crumbs=crumbs,
    )
    shown = rx.el.pre(Review.raw, class_name="raw", tab_index=0, aria_label="The report as it came")
    raw = card(loaded(Review.is_loading, bones(8), shown), title="The mail", aside=download("Download", Review.raw_href))
    return frame(
        routes.BOUNCES,
        rx.cond(
            Review.is_missing,
            gone("report that waits", routes.REVIEW, "All that wait"),
            rx.el.div(head, rx.el.div(raw, _messages(), class_name="two"), class_name="stack"),
        ),
    )


def _messages() -> rx.Component:
    def line(row: Any) -> rx.Component:
        label, give = f"It is about {row.recipient}", Review.assign(row.id)
        button = rx.el.button("It is this", type="button", class_name="button small", aria_label=label, on_click=give)
        return rx.el.tr(
            rx.el.td(rx.el.span(row.recipient, class_name="title"), rx.el.span(row.subject, class_name="sub")),
            rx.el.td(status_badge(row.status), rx.el.span(row.when, class_name="sub")),
            rx.el.td(rx.cond(Shell.can_edit, button, rx.fragment()), class_name="num"),
        )

    nothing = empty("search-x", "No message of yours", "Try the address that you had used, or your own id of the message.")
    tools = rx.el.div(search("Recipient’s address, or your id", Review.sought, Review.find), class_name="tools")
    found = table(["Message", "Status", "#!Choose"], rx.foreach(Review.found, line), "Messages")
    return card(
        tools, filled(Review.is_loading, Review.found.length() > 0, found, nothing, 4), title="Which message is it about?", flush=True
    )
