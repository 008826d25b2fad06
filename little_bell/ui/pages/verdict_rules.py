"""The tenant's own rules: what is a machine here, and what is never filtered; and the numbers that were kept."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import badge, icon
from little_bell.ui.components.parts import card, table
from little_bell.ui.pages.kept_sets import kept_sets
from little_bell.ui.pages.settings import section
from little_bell.ui.shell import Shell
from little_bell.ui.states.verdict_rules import MATCHES, TREATMENTS, VerdictRules

TONES = {TREATMENTS["unfiltered"]: "good"}
HINTS = "203.0.113.0/24, AS64500, or any part of the agent."


def page() -> rx.Component:
    new = rx.el.button(icon("plus"), "New rule", type="button", class_name="button small", on_click=VerdictRules.set_adding(True))
    lead = rx.el.p(
        "What comes from these is a machine, or is never taken for one, whatever the rules that hold for everybody say. "
        "A rule holds from the next open or click on. Whoever runs the installation can judge what was before again: ",
        rx.el.code("little-bell stats rejudge"),
        ".",
        class_name="soft small card-body",
    )
    nothing = empty(
        "scale", "No rules of your own", "Your office’s network, a monitor of yours, a filter that nobody knows: say what it is."
    )
    rows = filled(VerdictRules.is_loading, VerdictRules.rows.length() > 0, _table(), nothing, 3)
    aside = rx.cond(Shell.can_edit, new, rx.fragment())
    return section(routes.RULES, card(lead, rows, title="Who is a machine", aside=aside, flush=True), kept_sets(), _dialog())


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        label = f"Remove the rule for {row.value}"
        remove = rx.el.button(
            icon("trash-2", 16), type="button", class_name="icon-button", aria_label=label, on_click=VerdictRules.remove(row.id)
        )
        note = rx.cond(row.note != "", rx.el.span(row.note, class_name="sub clamp"), rx.fragment())
        return rx.el.tr(
            rx.el.td(rx.el.span(row.value, class_name="title mono"), rx.el.span(row.match, class_name="sub"), note),
            rx.el.td(badge(row.treat, TONES)),
            rx.el.td(row.made, class_name="wide-only small soft"),
            rx.el.td(rx.cond(Shell.can_edit, remove, rx.fragment()), class_name="num"),
        )

    return table(["What", "Treated as", "~Made by", "#!Remove"], rx.foreach(VerdictRules.rows, line), "Your own rules")


def _dialog() -> rx.Component:
    def select(label: str, name: str, options: dict[str, str]) -> rx.Component:
        items = [rx.el.option(words, value=value) for value, words in options.items()]
        return rx.el.div(
            rx.el.label(label, html_for=f"field-{name}"),
            rx.el.select(*items, name=name, id=f"field-{name}", class_name="input"),
            class_name="field",
        )

    form = rx.el.form(
        select("What it looks at", "match", MATCHES),
        field("Which", "value", HINTS, required=True, max_length=200, auto_focus=True, placeholder="203.0.113.0/24"),
        select("What comes from there", "treat", TREATMENTS),
        field("Note", "note", "Why. Optional.", max_length=300),
        problem(VerdictRules.refusal),
        dialog_foot(VerdictRules.set_adding(False), rx.el.button("Make rule", type="submit", class_name="button primary")),
        on_submit=VerdictRules.add,
    )
    text = "Numbers of networks are known only where the installation has a file for them (LITTLE_BELL_ASN_DB)."
    return dialog("New rule", text, form, is_open=VerdictRules.is_adding, on_change=VerdictRules.set_adding)
