"""One mail: its story with who caused each event and why we think so, its pixel, and tracked links for it."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import confirm, field, problem
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bone, bones, empty, filled, loaded
from little_bell.ui.components.marking import mark_dialog, marks
from little_bell.ui.components.marks import event_badge, icon, status_badge, to
from little_bell.ui.components.parts import card, download, fact, page_head, snippet
from little_bell.ui.components.verdict import overrule, overrule_dialog, reasons_of, verdict_of
from little_bell.ui.pages.lost import gone
from little_bell.ui.shell import Shell
from little_bell.ui.states.message import Message
from little_bell.ui.states.recipient import Recipient


def page() -> rx.Component:
    return frame(
        routes.CAMPAIGNS,
        rx.cond(
            Message.is_missing,
            gone("message", routes.CAMPAIGNS, "All campaigns"),
            rx.el.div(
                _head(),
                _suppressed(),
                rx.el.div(
                    _timeline(), rx.el.div(_facts(), marks(), _pixel(), _links(), _recipient(), class_name="stack"), class_name="two"
                ),
                _erase_dialog(),
                overrule_dialog(),
                mark_dialog(),
                class_name="stack",
            ),
        ),
    )


def _aside() -> rx.Component:
    return rx.el.div(_facts(), marks(), _pixel(), _links(), _recipient(), class_name="stack")


def _head() -> rx.Component:
    slash = rx.el.span("/", aria_hidden="true")
    crumbs = rx.el.nav(
        to(routes.CAMPAIGNS, "Campaigns"),
        slash,
        to(Message.back, Message.campaign, class_name="cut"),
        slash,
        class_name="crumbs",
        aria_label="Where you are",
    )
    return page_head(rx.cond(Message.is_loading, "…", Message.recipient), status_badge(Message.status), crumbs=crumbs)


def _suppressed() -> rx.Component:
    told = rx.el.p(Message.suppressed, " ", to(routes.SUPPRESSIONS, "The list", class_name="link"))
    return rx.cond(Message.suppressed != "", rx.el.div(icon("shield-ban"), told, class_name="notice"), rx.fragment())


def _timeline() -> rx.Component:
    def event(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(event_badge(row.type), verdict_of(row), class_name="row wrap"),
            reasons_of(row),
            rx.cond(row.url != "", rx.el.div(row.url, class_name="mono small"), rx.fragment()),
            rx.cond(row.agent != "", rx.el.div(row.agent, class_name="faint small"), rx.fragment()),
            rx.el.div(rx.el.time(row.when), " · ", row.source, row.place, class_name="faint small"),
            overrule(row),
            class_name=row.type,
        )

    nothing = empty("hourglass", "Nothing has happened yet", "When it is sent, opened, clicked or bounces, you see it here at once.")
    full = rx.el.ol(rx.foreach(Message.events, event), class_name="timeline")
    return card(filled(Message.is_loading, Message.events.length() > 0, full, nothing), title="What happened")


def _facts() -> rx.Component:
    return card(
        loaded(
            Message.is_loading, bones(6), rx.el.dl(rx.foreach(Message.facts, lambda one: fact(one.name, one.value)), class_name="facts")
        ),
        title="This message",
    )


def _pixel() -> rx.Component:
    text = rx.el.p("Goes at the end of this message’s HTML body.", class_name="soft small")
    return card(
        rx.el.div(text, loaded(Message.is_loading, bone("100%", "60px"), snippet(Message.pixel, "Copy")), class_name="stack tight"),
        title="Pixel",
    )


def _links() -> rx.Component:
    form = rx.el.form(
        field("Where it leads", "url", type="url", required=True, placeholder="https://example.org/offer", max_length=8192),
        problem(Message.refusal),
        rx.el.div(rx.el.button(icon("link", 16), "Make tracked link", type="submit", class_name="button")),
        on_submit=Message.make_link,
        class_name="stack tight",
    )
    made = rx.cond(Message.click_url != "", snippet(Message.click_url, "Copy"), rx.fragment())
    mine = rx.el.div(form, rx.el.div(made, aria_live="polite"), class_name="stack")
    return card(
        rx.cond(Shell.can_edit, mine, rx.el.p("Your role here can look, but not make links.", class_name="soft")), title="Tracked link"
    )


def _recipient() -> rx.Component:
    erase = rx.el.button(icon("eraser", 16), "Forget …", type="button", class_name="button", on_click=Recipient.ask_erase)
    buttons = rx.el.div(download("Everything stored", Message.export), rx.cond(Shell.is_owner, erase, rx.fragment()), class_name="row wrap")
    text = rx.el.p("What is stored of them, in all campaigns, as a file; owners can have it forgotten.", class_name="soft small")
    return card(rx.el.div(text, buttons, class_name="stack tight"), title="Recipient")


def _erase_dialog() -> rx.Component:
    text = rx.fragment(
        rx.el.strong(Recipient.doomed),
        " loses the name in ",
        Recipient.doomed_messages,
        "; what they did one by one is gone for good. Every counter stays as it is, and so does an entry on the suppression list.",
    )
    return confirm(
        "Forget this recipient?",
        text,
        "Forget this recipient",
        Recipient.erase,
        is_open=Recipient.doomed != "",
        on_close=Recipient.close_erase,
    )
