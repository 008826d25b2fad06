"""Numbers that were kept under a name: a part of the page of rules, since rules are what changes numbers afterwards."""

from typing import Any

import reflex as rx

from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, table
from little_bell.ui.shell import Shell
from little_bell.ui.states.kept_sets import KeptSets


def kept_sets() -> rx.Component:
    """The sets, each with the way to its numbers."""
    new = rx.el.button(
        icon("pin"), "Keep the numbers of now", type="button", class_name="button small", on_click=KeptSets.set_keeping(True)
    )
    lead = rx.el.p(
        "Rules, and what is said of single events, change numbers afterwards. Numbers that were kept stay: open the overview, a campaign "
        "or a comparison by a set, and whoever gets the address sees the same.",
        class_name="soft small card-body",
    )
    nothing = empty("pin", "Nothing is kept", "Keep the numbers of now under a name before history is judged anew, or for a report.")
    rows = filled(KeptSets.is_loading, KeptSets.rows.length() > 0, _table(), nothing, 2)
    aside = rx.cond(Shell.can_edit, new, rx.fragment())
    return rx.fragment(card(lead, rows, title="Kept numbers", aside=aside, flush=True), _keep(), _drop())


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        label = f"Drop the set {row.name}"
        drop = rx.el.button(
            icon("trash-2", 16),
            type="button",
            class_name="icon-button",
            aria_label=label,
            title=label,
            on_click=KeptSets.ask_drop(row.name),
        )
        return rx.el.tr(
            rx.el.td(to(row.href, row.name, class_name="title"), rx.el.span(row.rules, class_name="sub")),
            rx.el.td(row.made, class_name="small soft"),
            rx.el.td(rx.cond(Shell.can_edit & row.is_own, drop, rx.fragment()), class_name="num"),
        )

    return table(["Set", "Kept", "#!Drop"], rx.foreach(KeptSets.rows, line), "Kept numbers")


def _keep() -> rx.Component:
    hint = "1 to 63 of a-z 0-9 _ -, as autumn-2026."
    form = rx.el.form(
        field("Name", "name", hint, required=True, max_length=63, auto_focus=True, auto_complete="off", placeholder="autumn-2026"),
        problem(KeptSets.refusal),
        dialog_foot(KeptSets.set_keeping(False), rx.el.button("Keep them", type="submit", class_name="button primary")),
        on_submit=KeptSets.keep,
    )
    text = "All sums of now, with curves, hours, readers, links and variants."
    return dialog("Keep the numbers of now", text, form, is_open=KeptSets.is_keeping, on_change=KeptSets.set_keeping)


def _drop() -> rx.Component:
    return confirm(
        "Drop this set?",
        rx.fragment("Reports that are pinned to “", KeptSets.doomed, "” show the numbers of now again. This can’t be undone."),
        "Drop it",
        KeptSets.drop,
        is_open=KeptSets.doomed != "",
        on_close=KeptSets.close_drop,
    )
