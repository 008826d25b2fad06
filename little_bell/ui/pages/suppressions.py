"""Addresses that get no mail: find, add, take off, import, export; and the rules that fill the list."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.filters import filter_choice, filter_search
from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, empty, filled, loaded, nothing_found
from little_bell.ui.components.marks import WHY_TONES, badge, icon, to
from little_bell.ui.components.parts import card, download, page_head, table
from little_bell.ui.paging import pager
from little_bell.ui.shell import Shell
from little_bell.ui.states.suppression_rules import SuppressionRules
from little_bell.ui.states.suppressions import LASTS, REASONS, Suppressions

# A literal form: the browser itself sends the file, which may be large, and comes back to this page.
UPLOAD = f"""
<form method="post" action="{routes.SUPPRESSIONS_UPLOAD}" enctype="multipart/form-data" class="stack tight">
  <div class="field"><label for="suppressions-file">A CSV file</label>
    <input class="input file" id="suppressions-file" name="file" type="file" accept=".csv,.txt,text/csv,text/plain" required
      aria-describedby="suppressions-file-hint">
    <span class="hint" id="suppressions-file-hint">One address a line; a second column may give the reason. Files of other providers with
      headings such as email, reason and created are understood, and so is this page’s own export.</span></div>
  <div><button class="button" type="submit">Import</button></div>
</form>
"""


def page() -> rx.Component:
    return frame(
        routes.SUPPRESSIONS,
        page_head(
            "Suppressions",
            download("Download CSV", Suppressions.export_href),
            _add_button(),
            lead="Addresses that get no more mail, whatever the campaign. Messages to them are marked, and are in no rate.",
        ),
        rx.cond(Suppressions.notice != "", rx.el.p(Suppressions.notice, class_name="notice", role="status"), rx.fragment()),
        card(
            rx.el.div(
                filter_search(Suppressions, "Search addresses"),
                filter_choice(Suppressions, "reason", "Reason", REASONS),
                class_name="tools",
            ),
            filled(Suppressions.is_loading, Suppressions.rows.length() > 0, _table(), _nothing(), 8),
            pager(Suppressions),
            flush=True,
        ),
        rx.el.div(_rules(), _import(), class_name="two even"),
        _add_dialog(),
        _remove_dialog(),
        _rules_dialog(),
    )


def _add_button() -> rx.Component:
    button = rx.el.button(
        icon("plus"), "Suppress an address", class_name="button primary", type="button", on_click=Suppressions.set_adding(True)
    )
    return rx.cond(Shell.can_edit, button, rx.fragment())


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        label, ask = f"Remove {row.address}", Suppressions.ask_remove(row.address)
        remove = rx.el.button(icon("trash-2", 16), type="button", class_name="icon-button", aria_label=label, on_click=ask)
        note = rx.cond(row.note != "", rx.el.span(row.note, class_name="sub clamp"), rx.fragment())
        address = rx.cond(
            row.message_href != "", to(row.message_href, row.address, class_name="title"), rx.el.span(row.address, class_name="title")
        )
        why = rx.fragment(badge(row.why, WHY_TONES), rx.cond(row.more != "", rx.el.span(row.more, class_name="sub"), rx.fragment()))
        return rx.el.tr(
            rx.el.td(address, rx.el.div(why, class_name="narrow-line"), note),
            rx.el.td(why, class_name="wide-only"),
            rx.el.td(row.since, class_name="num when wide-only"),
            rx.el.td(row.until, class_name="num when wide-only"),
            rx.el.td(rx.cond(Shell.can_edit, remove, rx.fragment()), class_name="num"),
        )

    return table(["Address", "~Reason", "#~Since", "#~Until", "#!Remove"], rx.foreach(Suppressions.rows, line), "Suppressions")


def _nothing() -> rx.Component:
    more = empty("search", "None so far", "Many addresses were looked through; go on with Next.")
    none_yet = empty(
        "shield-check", "Nobody is suppressed", "Hard bounces, complaints and unsubscriptions put addresses here by themselves."
    )
    found = nothing_found(Suppressions.is_narrowed, "Try fewer letters, or another reason.", Suppressions.unfilter, none_yet)
    return rx.cond(Suppressions.has_next, more, found)


def _rules() -> rx.Component:
    change = rx.el.button("Change", type="button", class_name="button small", on_click=SuppressionRules.set_open(True))
    words = rx.el.ul(rx.foreach(SuppressionRules.words, rx.el.li), class_name="plain-list")
    aside = rx.cond(Shell.is_owner, change, rx.fragment())
    return card(loaded(SuppressionRules.is_loading, bones(4), words), title="Rules", aside=aside)


def _import() -> rx.Component:
    looking = rx.el.p("Your role here can look, but not import.", class_name="soft")
    return card(rx.cond(Shell.can_edit, rx.html(UPLOAD), looking), title="Import")


def _add_dialog() -> rx.Component:
    lasts = rx.el.select(
        *(rx.el.option(words, value=days) for days, words in LASTS.items()), name="days", id="field-days", class_name="input"
    )
    form = rx.el.form(
        field("Address", "address", type="email", required=True, max_length=320, auto_focus=True, placeholder="ann@example.org"),
        field("Note", "note", "What you want to remember of it. Optional.", max_length=300),
        rx.el.div(rx.el.label("How long", html_for="field-days"), lasts, class_name="field"),
        problem(Suppressions.refusal),
        dialog_foot(Suppressions.set_adding(False), rx.el.button("Suppress", type="submit", class_name="button primary")),
        on_submit=Suppressions.add,
    )
    return dialog(
        "Suppress an address",
        "It gets no more mail from any campaign.",
        form,
        is_open=Suppressions.is_adding,
        on_change=Suppressions.set_adding,
    )


def _remove_dialog() -> rx.Component:
    text = rx.fragment(rx.el.strong(Suppressions.doomed), " may get mail again. ", Suppressions.caution)
    return confirm(
        "Mail this address again?",
        text,
        "Take it off the list",
        Suppressions.remove,
        is_open=Suppressions.doomed != "",
        on_close=Suppressions.close_remove,
    )


def _rules_dialog() -> rx.Component:
    def box(name: str, words: str, value: Any) -> rx.Component:
        return rx.el.label(rx.el.input(type="checkbox", name=name, default_checked=value), rx.el.span(words), class_name="row")

    def number(label: str, name: str, value: Any, hint: str = "", **more: Any) -> rx.Component:
        return field(label, name, hint, type="number", default_value=value, **more)

    form = rx.el.form(
        rx.el.fieldset(
            rx.el.legend("One is enough", class_name="label"),
            box("on_hard_bounce", "Hard bounce: the address is dead", SuppressionRules.on_hard_bounce),
            box("on_complaint", "Complaint: its reader called it spam", SuppressionRules.on_complaint),
            class_name="stack tight",
        ),
        number("Soft bounces", "soft_bounces", SuppressionRules.soft_bounces, "0 turns this rule off.", min=0, max=50, required=True),
        number("Among so many messages in a row", "soft_of", SuppressionRules.soft_of, min=1, max=50, required=True),
        number("For so many days", "soft_days", SuppressionRules.soft_days, "Empty: for good.", min=1, max=3650),
        problem(SuppressionRules.refusal),
        dialog_foot(SuppressionRules.set_open(False), rx.el.button("Save rules", type="submit", class_name="button primary")),
        on_submit=SuppressionRules.save,
    )
    text = "They hold from now on; what is on the list stays there. Unsubscribing always works."
    return dialog("Rules", text, form, is_open=SuppressionRules.is_open, on_change=SuppressionRules.set_open)
