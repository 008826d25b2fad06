"""A tenant's members, and who is asked in."""

from typing import Any

import reflex as rx

from little_bell.domain.events import Role
from little_bell.ui import routes
from little_bell.ui.components.forms import choice, confirm, dialog, dialog_foot, field, problem
from little_bell.ui.components.loading import filled
from little_bell.ui.components.marks import badge, icon
from little_bell.ui.components.parts import card, snippet, table
from little_bell.ui.pages.settings import section
from little_bell.ui.shell import Shell
from little_bell.ui.states.people import People

ROLE_TONES = {"owner": "accent", "editor": "good"}
ROLES = {str(Role.VIEWER): "viewer: looks and exports", str(Role.EDITOR): "editor: campaigns too", str(Role.OWNER): "owner: everything"}


def page() -> rx.Component:
    return section(routes.PEOPLE, _people(), _invite_dialog(), _remove_dialog())


def _people() -> rx.Component:
    new = rx.el.button(icon("user-plus"), "Invite", type="button", class_name="button small", on_click=People.set_inviting(True))
    full = rx.fragment(table(["Person", "Role", "#~Since", "#!Remove"], rx.foreach(People.members, _member), "People"), _invitations())
    return card(
        filled(People.is_loading, People.members.length() > 0, full, rx.fragment(), 3),
        title="People",
        aside=rx.cond(Shell.is_owner, new, rx.fragment()),
        flush=True,
    )


def _member(row: Any) -> rx.Component:
    chosen = choice("", row.role, lambda role: People.change_role(row.id, role), {str(role): str(role) for role in Role})
    chosen = rx.el.div(chosen, role="group", aria_label=f"Role of {row.email}")
    away = rx.el.button(
        rx.cond(row.is_me, "Leave", "Remove"),
        type="button",
        class_name="button small",
        aria_label=rx.cond(row.is_me, "Leave this tenant", f"Remove {row.email}"),
        on_click=People.ask_remove(row.id),
    )
    return rx.el.tr(
        rx.el.td(rx.el.span(row.email, class_name="title"), rx.el.span(row.name, class_name="sub")),
        rx.el.td(rx.cond(Shell.is_owner, chosen, badge(row.role, ROLE_TONES))),
        rx.el.td(row.since, class_name="num wide-only"),
        rx.el.td(rx.cond(Shell.is_owner | row.is_me, away, rx.fragment()), class_name="num"),
    )


def _invitations() -> rx.Component:
    def line(row: Any) -> rx.Component:
        withdraw = rx.el.button(
            "Withdraw",
            type="button",
            class_name="button small",
            aria_label=f"Withdraw the invitation of {row.email}",
            on_click=People.withdraw(row.id),
        )
        return rx.el.tr(
            rx.el.td(rx.el.span(row.email, class_name="title"), rx.el.span("invited until ", row.until, class_name="sub")),
            rx.el.td(badge(row.role, ROLE_TONES)),
            rx.el.td(withdraw, class_name="num"),
        )

    rows = table(["Invited", "Role", "#!Withdraw"], rx.foreach(People.invitations, line), "Invitations")
    return rx.cond(People.invitations.length() > 0, rows, rx.fragment())


def _invite_dialog() -> rx.Component:
    role = rx.el.select(*(rx.el.option(words, value=key) for key, words in ROLES.items()), name="role", id="field-role", class_name="input")
    form = rx.el.form(
        field("E-mail", "email", type="email", required=True, max_length=320, auto_focus=True, auto_complete="off"),
        rx.el.div(rx.el.label("Role", html_for="field-role"), role, class_name="field"),
        problem(People.refusal),
        dialog_foot(People.set_inviting(False), rx.el.button("Make invitation", type="submit", class_name="button primary")),
        on_submit=People.invite,
    )
    done = rx.el.button("Done", type="button", class_name="button primary", on_click=People.set_inviting(False))
    shown = rx.el.div(snippet(People.address, "Copy address"), rx.el.div(done, class_name="dialog-foot"), class_name="stack")
    text = rx.cond(
        People.address != "",
        "Send them this address. It is shown only now, and good for a week: whoever opens it gives their password, or chooses one.",
        "Makes an address that you send them.",
    )
    is_made = People.address != ""
    return dialog("Invite somebody", text, rx.cond(is_made, shown, form), is_open=People.is_inviting, on_change=People.set_inviting)


def _remove_dialog() -> rx.Component:
    text = rx.fragment(rx.el.strong(People.doomed), " can’t see anything of this tenant any more, and is signed out here.")
    return confirm("Remove this member?", text, "Remove member", People.remove, is_open=People.doomed_id > 0, on_close=People.close_remove)
