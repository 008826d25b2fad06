"""The last steps of setting up: the self-test with its findings, and the wait for the first event."""

from typing import Any

import reflex as rx

from little_bell.ui.components.marks import event_badge, icon, to, verdict_badge
from little_bell.ui.components.parts import card, snippet
from little_bell.ui.shell import Shell
from little_bell.ui.states.selftest import FirstEvent, SelfTest

ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-x"}


def self_test(title: str) -> rx.Component:
    """A button, then each step as it is done."""
    start = rx.el.button(
        rx.cond(SelfTest.is_running, "Testing …", rx.cond(SelfTest.is_done, "Test again", "Run the self-test")),
        type="button",
        class_name="button small",
        disabled=SelfTest.is_running,
        on_click=SelfTest.run,
    )
    lead = "Little Bell fetches its own pixel and a signed link the way a reader’s mail program does. Nothing of it is counted."
    verdict = rx.cond(SelfTest.is_done, rx.el.p(SelfTest.verdict, class_name=f"verdict {SelfTest.tone}"), rx.fragment())
    return card(
        rx.el.div(
            rx.el.p(lead, class_name="soft"),
            rx.el.ol(rx.foreach(SelfTest.steps, _step), class_name="steps", aria_label="Self-test", aria_live="polite"),
            verdict,
            class_name="stack tight",
        ),
        title=title,
        aside=rx.cond(Shell.can_edit, start, rx.fragment()),
    )


def _step(row: Any) -> rx.Component:
    sign = rx.match(row.tone, *((tone, icon(name, 18)) for tone, name in ICONS.items()), rx.fragment())
    mend = rx.cond(row.mend != "", rx.el.span("→ ", row.mend, class_name="sub"), rx.fragment())
    return rx.el.li(sign, rx.el.strong(row.name), rx.el.span(row.said, mend), class_name=row.tone)


def first_event(title: str) -> rx.Component:
    """What to do, and a live wait that ends with a tick."""
    make = rx.el.button("Make a test message", type="button", class_name="button small", on_click=FirstEvent.make_message)
    made = rx.el.div(
        rx.el.p("A test message to you, in no rate. Open these as its reader would:", class_name="soft small"),
        snippet(FirstEvent.pixel_url, "Copy pixel"),
        snippet(FirstEvent.click_url, "Copy link"),
        class_name="stack tight",
    )
    told = "Waiting: send yourself a mail with the code above, and open it."
    waiting = rx.el.p(rx.el.span(class_name="pulse", aria_hidden="true"), told, class_name="row")
    return card(
        rx.el.div(
            rx.el.div(rx.cond(FirstEvent.is_waiting, waiting, rx.foreach(FirstEvent.event, _ticked)), role="status", aria_live="polite"),
            rx.cond(FirstEvent.pixel_url != "", made, rx.fragment()),
            class_name="stack",
        ),
        title=title,
        aside=rx.cond(Shell.can_edit, make, rx.fragment()),
    )


def _ticked(row: Any) -> rx.Component:
    return rx.el.p(
        icon("circle-check", 20),
        rx.el.strong("It works: "),
        event_badge(row.type),
        to(row.href, row.recipient, class_name="link"),
        verdict_badge(row.verdict),
        class_name="row wrap ticked",
    )
