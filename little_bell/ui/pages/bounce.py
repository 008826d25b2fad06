"""One bounce: its diagnosis, and what reported it."""

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, empty, loaded
from little_bell.ui.components.marks import KIND_TONES, badge, icon, to
from little_bell.ui.components.parts import card, copy_button, download, fact, page_head
from little_bell.ui.pages.lost import gone
from little_bell.ui.states.bounce import BouncePage


def page() -> rx.Component:
    return frame(
        routes.BOUNCES,
        rx.cond(
            BouncePage.is_missing,
            gone("bounce", routes.BOUNCES, "All bounces"),
            rx.el.div(
                _head(),
                rx.el.div(_diagnosis(), _facts(), class_name="two"),
                _raw(),
                class_name="stack",
            ),
        ),
    )


def _head() -> rx.Component:
    crumbs = rx.el.nav(to(routes.BOUNCES, "Bounces"), rx.el.span("/", aria_hidden="true"), class_name="crumbs", aria_label="Where you are")
    return page_head(
        rx.cond(BouncePage.is_loading, "…", BouncePage.recipient),
        badge(BouncePage.kind, KIND_TONES),
        to(BouncePage.message_href, icon("mail", 16), "The message", class_name="button"),
        crumbs=crumbs,
    )


def _diagnosis() -> rx.Component:
    suppressed = rx.cond(
        BouncePage.suppressed != "",
        rx.el.p(BouncePage.suppressed, " ", to(routes.SUPPRESSIONS, "The list", class_name="link")),
        rx.el.p("This address isn’t suppressed.", class_name="soft"),
    )
    told = rx.el.div(
        rx.el.p(rx.el.strong(BouncePage.category), " – ", BouncePage.meaning),
        rx.el.div(rx.el.span("What the other side said", class_name="label faint small"), rx.el.pre(BouncePage.said, class_name="raw")),
        rx.el.div(copy_button(BouncePage.said)),
        suppressed,
        class_name="stack tight",
    )
    return card(loaded(BouncePage.is_loading, bones(6), told), title="Diagnosis")


def _facts() -> rx.Component:
    rows = rx.el.dl(rx.foreach(BouncePage.facts, lambda one: fact(one.name, one.value)), class_name="facts")
    return card(loaded(BouncePage.is_loading, bones(6), rows), title="This bounce")


def _raw() -> rx.Component:
    nobody = empty(
        "file-x",
        "There is no report to show",
        "It was told by a call, a command or a page; or the mail was let go.",
    )
    whole = rx.cond(BouncePage.raw_href != "", download("Download the mail", BouncePage.raw_href), rx.fragment())
    shown = rx.el.pre(BouncePage.raw, class_name="raw", tab_index=0, aria_label="The report as it came")
    title = rx.cond(BouncePage.raw_title != "", BouncePage.raw_title, "The report")
    head = rx.el.div(rx.el.h2(title), whole, class_name="card-head")
    body = loaded(BouncePage.is_loading, bones(6), rx.cond(BouncePage.raw != "", rx.el.div(shown, class_name="card-body"), nobody))
    return rx.el.section(head, body, class_name="card", aria_label="The report")
