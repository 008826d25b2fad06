"""Alerts: what is wrong and what was, the thresholds, and whom to tell."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.alerts import about
from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem, switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import icon
from little_bell.ui.components.parts import card, page_head, snippet, table
from little_bell.ui.paging import pager
from little_bell.ui.shell import Shell
from little_bell.ui.states.alert_destinations import AlertDestinations
from little_bell.ui.states.alerts import STATES, Alerts

LEAD = "What went wrong with your mail, looked at once a minute. Each alert is told once, and once more when it is over."
NOBODY = "Alerts stand here and on the overview. Add an e-mail address, or a URL that takes JSON, to hear of them elsewhere."


def page() -> rx.Component:
    return frame(
        routes.ALERTS,
        page_head("Alerts", lead=LEAD),
        _list(),
        rx.el.div(_rules(), rx.el.div(_destinations(), _told(), class_name="stack"), class_name="two even"),
        _rule_dialog(),
        _add_dialog(),
        _remove_dialog(),
    )


def _list() -> rx.Component:
    def line(row: Any) -> rx.Component:
        state = rx.cond(row.is_open, rx.el.span("open", class_name="badge bad"), rx.el.span("resolved", class_name="badge good"))
        name = rx.el.span(row.title, rx.cond(row.about != "", ": ", ""), about(row), class_name="title")
        return rx.el.tr(
            rx.el.td(
                name,
                rx.el.span(row.text, class_name="sub"),
                rx.el.span(row.end, class_name="sub"),
                rx.el.span(row.ago, class_name="sub narrow-line"),
            ),
            rx.el.td(row.raised, rx.el.span(row.ago, class_name="sub"), class_name="num wide-only"),
            rx.el.td(state, class_name="num"),
        )

    calm = empty("bell", "Nothing here", "That is how it should be. Below are the limits at which you are told.")
    full = table(["Alert", "#~Raised", "#State"], rx.foreach(Alerts.rows, line), "Alerts")
    choose = switch("State", Alerts.asked.state, lambda state: Alerts.choose("state", state), STATES)
    shown = filled(Alerts.is_loading, Alerts.rows.length() > 0, full, calm, 4)
    return card(shown, pager(Alerts), title="What happened", aside=choose, flush=True)


def _rules() -> rx.Component:
    def line(row: Any) -> rx.Component:
        change = rx.el.button(
            "Change", type="button", class_name="button small", aria_label=f"Change {row.title}", on_click=Alerts.open_rule(row.kind)
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.title, class_name="title"), rx.el.span(row.words, class_name="sub")),
            rx.el.td(rx.cond(Shell.can_edit, change, rx.fragment()), class_name="num"),
        )

    full = table(["Alert", "#!Change"], rx.foreach(Alerts.rules, line), "Thresholds")
    return card(filled(Alerts.is_loading, Alerts.rules.length() > 0, full, rx.fragment(), 5), title="Thresholds", flush=True)


def _destinations() -> rx.Component:
    def line(row: Any) -> rx.Component:
        test = rx.el.button(
            "Test", type="button", class_name="button small", aria_label=f"Test {row.target}", on_click=AlertDestinations.test(row.id)
        )
        remove = rx.el.button(
            "Remove",
            type="button",
            class_name="button small",
            aria_label=f"Remove {row.target}",
            on_click=AlertDestinations.ask_remove(row.id),
        )
        buttons = rx.el.div(test, remove, class_name="row wrap", style={"justify_content": "flex-end"})
        state = rx.cond(row.problem != "", rx.el.span(row.problem, class_name="problem small"), rx.el.span(row.last, class_name="sub"))
        return rx.el.tr(
            rx.el.td(rx.el.span(row.target, class_name="title cut block"), rx.el.span(row.kind, class_name="sub"), state),
            rx.el.td(
                rx.cond(Shell.can_edit, buttons, rx.fragment()),
                class_name="num",
            ),
        )

    add = rx.el.button(icon("plus"), "Add", type="button", class_name="button small", on_click=AlertDestinations.set_adding(True))
    none = empty("send", "Nobody is told", NOBODY)
    full = table(["Destination", "#!Actions"], rx.foreach(AlertDestinations.rows, line), "Destinations")
    shown = filled(AlertDestinations.is_loading, AlertDestinations.rows.length() > 0, full, none, 2)
    return card(shown, title="Whom to tell", aside=rx.cond(Shell.can_edit, add, rx.fragment()), flush=True)


def _told() -> rx.Component:
    def line(row: Any) -> rx.Component:
        why = rx.cond(row.problem != "", rx.el.span(row.problem, class_name="problem small block"), rx.fragment())
        return rx.el.tr(
            rx.el.td(rx.el.span(row.what, class_name="title"), rx.el.span(row.target, class_name="sub cut block")),
            rx.el.td(row.outcome, why, rx.el.span(row.when, class_name="sub")),
        )

    full = table(["What", "How it went"], rx.foreach(AlertDestinations.told, line), "What was told")
    refresh = rx.el.button("Refresh", type="button", class_name="button small", on_click=AlertDestinations.load)
    return rx.cond(AlertDestinations.told.length() > 0, card(full, title="What was told", aside=refresh, flush=True), rx.fragment())


def _rule_dialog() -> rx.Component:
    box = rx.el.input(type="checkbox", name="is_on", default_checked=Alerts.is_on)
    form = rx.el.form(
        rx.el.label(box, rx.el.span("Raise this alert"), class_name="row"),
        _number("Limit", "limit", Alerts.unit, Alerts.limit, min=0.01, max=Alerts.most, step="any"),
        _number("At least so many messages", "least", "With fewer, nothing is said.", Alerts.least, min=1),
        problem(Alerts.refusal),
        dialog_foot(Alerts.close_rule(False), rx.el.button("Save", type="submit", class_name="button primary")),
        on_submit=Alerts.save_rule,
    )
    text = "It is raised beyond the limit, and resolved some way below it, so that it doesn’t come and go."
    return dialog(Alerts.title, text, form, is_open=Alerts.kind != "", on_change=Alerts.close_rule)


def _number(label: str, name: str, hint: rx.Var[str] | str, value: rx.Var[str], **more: Any) -> rx.Component:
    return field(label, name, hint, type="number", required=True, default_value=value, **more)


def _add_dialog() -> rx.Component:
    form = rx.el.form(
        field(
            "E-mail address or URL",
            "target",
            "A URL is sent JSON that is signed; its secret is made for you.",
            required=True,
            max_length=2_000,
            auto_focus=True,
            auto_complete="off",
            placeholder="ops@example.org",
        ),
        problem(AlertDestinations.refusal),
        dialog_foot(AlertDestinations.set_adding(False), rx.el.button("Add destination", type="submit", class_name="button primary")),
        on_submit=AlertDestinations.add,
    )
    done = rx.el.button("Done", type="button", class_name="button primary", on_click=AlertDestinations.set_adding(False))
    made = rx.el.div(snippet(AlertDestinations.secret, "Copy secret"), rx.el.div(done, class_name="dialog-foot"), class_name="stack")
    shown = "This is the only time the secret is shown. By it the receiver checks that an alert is ours (standardwebhooks.com)."
    text = rx.cond(AlertDestinations.secret != "", shown, "Every alert of this tenant is told there, and when it is over.")
    return dialog(
        "Whom to tell",
        text,
        rx.cond(AlertDestinations.secret != "", made, form),
        is_open=AlertDestinations.is_adding,
        on_change=AlertDestinations.set_adding,
    )


def _remove_dialog() -> rx.Component:
    text = rx.fragment(rx.el.strong(AlertDestinations.doomed), " is told nothing more, not even what still waits.")
    ask = {"is_open": AlertDestinations.doomed_id > 0, "on_close": AlertDestinations.close_doomed}
    return confirm("Remove this destination?", text, "Remove", AlertDestinations.remove, **ask)
