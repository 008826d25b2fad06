"""Keys for programs, the people here, and one's own password."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, page_head, snippet, table
from little_bell.ui.pages.people import people
from little_bell.ui.pages.tenant import tenant
from little_bell.ui.shell import Shell, frame
from little_bell.ui.states.settings import SCOPES, Settings

PASSWORD_FORM = f"""
<form method="post" action="{routes.PASSWORD}" class="stack">
  <input type="text" name="username" autocomplete="username" class="hidden-text" tabindex="-1" aria-hidden="true">
  <div class="field"><label for="current">Current password</label>
    <input class="input" id="current" name="current_password" type="password" autocomplete="current-password"
      required></div>
  <div class="field"><label for="new">New password</label>
    <input class="input" id="new" name="new_password" type="password" autocomplete="new-password" minlength="10" required
      aria-describedby="new-hint">
    <span class="hint" id="new-hint">At least 10 characters. Your other sign-ins end.</span></div>
  <div><button class="button" type="submit">Change password</button></div>
</form>
"""


def page() -> rx.Component:
    return frame(
        routes.SETTINGS,
        page_head("Settings", to(routes.WEBHOOKS, icon("webhook", 16), "Webhooks", class_name="button"), lead=Shell.tenant),
        rx.cond(
            Settings.notice != "",
            rx.el.p(Settings.notice, class_name=rx.cond(Settings.is_bad, "notice bad", "notice"), role="alert"),
            rx.fragment(),
        ),
        _keys(),
        rx.el.div(people(), rx.el.div(tenant(), _password(), class_name="stack"), class_name="two"),
        _key_dialog(),
        _revoke_dialog(),
    )


def _keys() -> rx.Component:
    new = rx.el.button(icon("plus"), "New key", type="button", class_name="button small", on_click=Settings.set_creating(True))
    none = empty("key-round", "No API keys", "Your sending code needs one to register messages and report what happened to them.")
    locked = empty("lock", "Keys are the owners’ business", "Ask an owner of this tenant for a key.")
    full = filled(Settings.is_loading, Settings.keys.length() > 0, _keys_table(), none, 3)
    return card(rx.cond(Shell.is_owner, full, locked), title="API keys", aside=rx.cond(Shell.is_owner, new, rx.fragment()), flush=True)


def _keys_table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        revoke = rx.el.button(
            "Revoke", type="button", class_name="button small", aria_label=f"Revoke {row.name}", on_click=Settings.ask_revoke(row.id)
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.name, class_name="title"), rx.el.span(row.prefix, "…", class_name="sub mono")),
            rx.el.td(row.scopes, class_name="wide-only"),
            rx.el.td(row.created, class_name="num wide-only"),
            rx.el.td(row.used, class_name="num"),
            rx.el.td(revoke, class_name="num"),
        )

    return table(["Key", "~May", "#~Created", "#Last used", "#!Revoke"], rx.foreach(Settings.keys, line), "API keys")


def _password() -> rx.Component:
    return card(rx.html(PASSWORD_FORM), title="Your password")


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
        problem(Settings.refusal),
        dialog_foot(Settings.set_creating(False), rx.el.button("Create key", type="submit", class_name="button primary")),
        on_submit=Settings.create_key,
    )
    shown = rx.el.div(
        snippet(Settings.secret, "Copy key"),
        rx.el.div(
            rx.el.button("Done", type="button", class_name="button primary", on_click=Settings.set_creating(False)),
            class_name="dialog-foot",
        ),
        class_name="stack",
    )
    text = rx.cond(
        Settings.secret != "", "This is the only time it is shown. Keep it where your code finds it.", "A secret for your sending code."
    )
    return dialog(
        "API key", text, rx.cond(Settings.secret != "", shown, form), is_open=Settings.is_creating, on_change=Settings.set_creating
    )


def _revoke_dialog() -> rx.Component:
    text = rx.fragment(rx.el.strong(Settings.doomed), " stops working at once, wherever it is used.")
    return confirm("Revoke this key?", text, "Revoke key", Settings.revoke, is_open=Settings.doomed_id > 0, on_close=Settings.close_revoke)
