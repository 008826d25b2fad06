"""All tenants of the installation, for those who run it."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import dialog, dialog_foot, field, problem
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import badge, icon
from little_bell.ui.components.parts import card, page_head, snippet, table
from little_bell.ui.shell import Shell
from little_bell.ui.states.tenants import Tenants

STATE_TONES = {"active": "good", "suspended": "bad"}


def page() -> rx.Component:
    new = rx.el.button(icon("plus"), "New tenant", class_name="button primary", type="button", on_click=Tenants.set_creating(True))
    locked = card(empty("lock", "For operators", "Tenants are made and suspended by whoever runs this installation.", is_whole_page=True))
    full = rx.fragment(
        page_head("Tenants", new, lead="Each is a customer of its own: nothing of one is seen in another."),
        card(filled(Tenants.is_loading, Tenants.rows.length() > 0, _table(), rx.fragment(), 6), flush=True),
        _new_dialog(),
        _move_dialog(),
        _delete_dialog(),
    )
    return frame(routes.TENANTS, rx.cond(Shell.is_operator, full, locked))


def _table() -> rx.Component:
    def act(row: Any, words: str, what: str) -> rx.Component:
        return rx.el.button(
            words, type="button", class_name="button small", aria_label=f"{words} {row.slug}", on_click=Tenants.choose(row.id, what)
        )

    def line(row: Any) -> rx.Component:
        pause = rx.cond(row.state == "active", act(row, "Suspend", "suspend"), act(row, "Resume", "resume"))
        acts = rx.el.div(act(row, "Rename", "move"), pause, act(row, "Delete", "delete"), class_name="row wrap end")
        return rx.el.tr(
            rx.el.td(rx.el.span(row.name, class_name="title"), rx.el.span("/", row.slug, class_name="sub mono")),
            rx.el.td(badge(row.state, STATE_TONES)),
            rx.el.td(row.created, class_name="num wide-only"),
            rx.el.td(acts, class_name="num"),
        )

    return table(["Tenant", "State", "#~Created", "#!Change"], rx.foreach(Tenants.rows, line), "Tenants")


def _new_dialog() -> rx.Component:
    form = rx.el.form(
        field(
            "Slug",
            "slug",
            "Names it in addresses: small letters, digits, - and _.",
            required=True,
            max_length=63,
            auto_focus=True,
            auto_complete="off",
            placeholder="acme",
        ),
        field("Name", "name", "What people call it; else its slug.", max_length=200, auto_complete="off", placeholder="Acme Ltd"),
        field("Owner’s e-mail", "owner", "Who is asked in as owner; else you are.", type="email", max_length=320, auto_complete="off"),
        problem(Tenants.refusal),
        dialog_foot(Tenants.set_creating(False), rx.el.button("Create tenant", type="submit", class_name="button primary")),
        on_submit=Tenants.create,
    )
    done = rx.el.button("Done", type="button", class_name="button primary", on_click=Tenants.set_creating(False))
    shown = rx.el.div(snippet(Tenants.address, "Copy address"), rx.el.div(done, class_name="dialog-foot"), class_name="stack")
    is_made = Tenants.address != ""
    text = rx.cond(is_made, "Send the owner this address. It is shown only now, and good for a week.", "A customer of its own.")
    return dialog("New tenant", text, rx.cond(is_made, shown, form), is_open=Tenants.is_creating, on_change=Tenants.set_creating)


def _move_dialog() -> rx.Component:
    form = rx.el.form(
        field("New slug", "slug", required=True, max_length=63, auto_focus=True, auto_complete="off"),
        problem(Tenants.refusal),
        dialog_foot(Tenants.close(False), rx.el.button("Rename", type="submit", class_name="button primary")),
        on_submit=Tenants.move,
    )
    text = rx.fragment(rx.el.strong(Tenants.chosen), " goes on working in mail that was sent, and is never given to another tenant.")
    return dialog("Rename this tenant", text, form, is_open=Tenants.moved_id > 0, on_change=Tenants.close)


def _delete_dialog() -> rx.Component:
    form = rx.el.form(
        field("Type its slug", "slug", required=True, auto_focus=True, auto_complete="off"),
        problem(Tenants.refusal),
        dialog_foot(Tenants.close(False), rx.el.button("Delete tenant", type="submit", class_name="button danger")),
        on_submit=Tenants.delete,
    )
    text = rx.fragment(
        "Everything of ", rx.el.strong(Tenants.chosen), " goes for good: campaigns, messages, events, keys, members. Its links end."
    )
    return dialog("Delete this tenant?", text, form, is_open=Tenants.doomed_id > 0, on_change=Tenants.close)
