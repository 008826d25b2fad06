"""Webhooks: the address for each provider, what proves it, and what came in."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.parts import card, copy_button, snippet, table
from little_bell.ui.pages.settings import section
from little_bell.ui.shell import Shell
from little_bell.ui.states.webhooks import Webhooks


def page() -> rx.Component:
    lead = "What your e-mail provider knows of your mail: delivered, bounced, complained, opened."
    return section(routes.WEBHOOKS, _providers(), _deliveries(), _setup(), lead=lead)


def _providers() -> rx.Component:
    def line(row: Any) -> rx.Component:
        state = rx.cond(
            row.problem != "",
            rx.el.span(row.problem, class_name="problem small"),
            rx.cond(row.last != "", rx.fragment("last ", row.last), rx.cond(row.is_set, "nothing has come yet", "")),
        )
        test = rx.el.button(
            "Test", type="button", class_name="button small", aria_label=f"Test {row.title}", on_click=Webhooks.test(row.name)
        )
        change = rx.el.button(
            rx.cond(row.is_set, "Change", "Set up"),
            type="button",
            class_name="button small",
            aria_label=rx.cond(row.is_set, f"Change {row.title}", f"Set up {row.title}"),
            on_click=Webhooks.open_setup(row.name),
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.title, class_name="title"), rx.el.span(row.url, class_name="sub mono wide-only")),
            rx.el.td(state, rx.el.span(row.counts, class_name="sub"), class_name="wide-only"),
            rx.el.td(
                rx.el.div(
                    rx.cond(row.is_set, rx.fragment(copy_button(row.url, "Copy URL"), test), rx.fragment()),
                    rx.cond(Shell.is_owner, change, rx.fragment()),
                    class_name="row wrap",
                    style={"justify_content": "flex-end"},
                ),
                class_name="num",
            ),
        )

    full = table(["Provider", "~State", "#!Actions"], rx.foreach(Webhooks.hooks, line), "Providers")
    return card(filled(Webhooks.is_loading, Webhooks.hooks.length() > 0, full, rx.fragment(), 8), title="Providers", flush=True)


def _deliveries() -> rx.Component:
    def line(row: Any) -> rx.Component:
        again = rx.el.button(
            "Re-run", type="button", class_name="button small", aria_label=f"Re-run delivery {row.id}", on_click=Webhooks.rerun(row.id)
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.provider, class_name="title"), rx.el.span(row.when, class_name="sub")),
            rx.el.td(row.outcome, rx.el.span(row.note, class_name="sub")),
            rx.el.td(rx.cond(Shell.can_edit, again, rx.fragment()), class_name="num"),
        )

    nothing = empty("webhook", "Nothing has come yet", "Set a provider up, paste the URL there, and send a test from its own page.")
    full = table(["Delivery", "What became of it", "#!Re-run"], rx.foreach(Webhooks.deliveries, line), "Last deliveries")
    refresh = rx.el.button("Refresh", type="button", class_name="button small", on_click=Webhooks.load)
    return card(
        filled(Webhooks.is_loading, Webhooks.deliveries.length() > 0, full, nothing, 4), title="Last deliveries", aside=refresh, flush=True
    )


def _setup() -> rx.Component:
    stop = rx.el.div(rx.el.button("Stop believing it", type="button", class_name="button small", on_click=Webhooks.remove))
    form = rx.el.form(
        rx.el.p("It needs ", Webhooks.needs, ". ", Webhooks.hint, class_name="soft small"),
        field("Secret", "secret", auto_complete="off", spell_check=False, max_length=4_000),
        rx.el.label(
            rx.el.input(type="checkbox", name="counts", default_checked=Webhooks.counts_opens),
            rx.el.span("Count its own opens and clicks where our pixel saw none"),
            class_name="row",
        ),
        problem(Webhooks.refusal),
        rx.cond(Webhooks.is_known, stop, rx.fragment()),
        dialog_foot(Webhooks.close_setup(False), rx.el.button("Save", type="submit", class_name="button primary")),
        on_submit=Webhooks.save,
    )
    made = rx.el.div(
        snippet(Webhooks.secret, "Copy secret"),
        rx.el.div(
            rx.el.button("Done", type="button", class_name="button primary", on_click=Webhooks.close_setup(False)), class_name="dialog-foot"
        ),
        class_name="stack",
    )
    shown = "This is the only time it is shown. Put it where the provider asks for it."
    text = rx.cond(Webhooks.secret != "", shown, "What proves that a webhook is theirs.")
    return dialog(
        Webhooks.title, text, rx.cond(Webhooks.secret != "", made, form), is_open=Webhooks.provider != "", on_change=Webhooks.close_setup
    )
