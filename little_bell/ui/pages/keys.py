"""API keys: what each may do and when it was used, made and revoked."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import icon
from little_bell.ui.components.parts import card, snippet, table
from little_bell.ui.pages.settings import section
from little_bell.ui.shell import Shell
from little_bell.ui.states.keys import SCOPES, Keys


def page() -> rx.Component:
    return section(routes.KEYS, _keys(), _key_dialog(), _revoke_dialog())


def _keys() -> rx.Component:
    new = rx.el.button(icon("plus"), "New key", type="button", class_name="button small", on_click=Keys.set_adding(True))
    none = empty("key-round", "No API keys", "Your sending code needs one to register messages and report what happened to them.")
    locked = empty("lock", "Keys are the owners’ business", "Ask an owner of this tenant for a key.")
    full = filled(Keys.is_loading, Keys.keys.length() > 0, _keys_table(), none, 3)
    return card(rx.cond(Shell.is_owner, full, locked), title="API keys", aside=rx.cond(Shell.is_owner, new, rx.fragment()), flush=True)


def _keys_table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        revoke = rx.el.button(
            "Revoke", type="button", class_name="button small", aria_label=f"Revoke {row.name}", on_click=Keys.ask_revoke(row.id)
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.name, class_name="title"), rx.el.span(row.prefix, "…", class_name="sub mono")),
            rx.el.td(row.scopes, class_name="wide-only"),
            rx.el.td(row.created, class_name="num wide-only"),
            rx.el.td(row.used, class_name="num"),
            rx.el.td(revoke, class_name="num"),
        )

    return table(["Key", "~May", "#~Created", "#Last used", "#!Revoke"], rx.foreach(Keys.keys, line), "API keys")


def _key_dialog() -> rx.Component:
    boxes = [
        rx.el.label(rx.el.input(type="checkbox", name=scope, default_checked=scope != "admin"), rx.el.span(words), class_name="row")
        for scope, words in SCOPES.items()
    ]
    form = rx.el.form(
        field(
            "Name",
            "name",
            "Where it is used, so that you know it again.",
            required=True,
            max_length=200,
            auto_focus=True,
            placeholder="Newsletter server",
        ),
        rx.el.fieldset(rx.el.legend("May", class_name="label"), *boxes, class_name="stack tight"),
        problem(Keys.refusal),
        dialog_foot(Keys.set_adding(False), rx.el.button("Create key", type="submit", class_name="button primary")),
        on_submit=Keys.create_key,
    )
    shown = rx.el.div(
        snippet(Keys.secret, "Copy key"),
        rx.el.div(
            rx.el.button("Done", type="button", class_name="button primary", on_click=Keys.set_adding(False)),
            class_name="dialog-foot",
        ),
        class_name="stack",
    )
    text = rx.cond(
        Keys.secret != "", "This is the only time it is shown. Keep it where your code finds it.", "A secret for your sending code."
    )
    return dialog("API key", text, rx.cond(Keys.secret != "", shown, form), is_open=Keys.is_adding, on_change=Keys.set_adding)


def _revoke_dialog() -> rx.Component:
    text = rx.fragment(rx.el.strong(Keys.doomed), " stops working at once, wherever it is used.")
    return confirm("Revoke this key?", text, "Revoke key", Keys.revoke, is_open=Keys.doomed_id > 0, on_close=Keys.close_doomed)
