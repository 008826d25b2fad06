"""The buttons that say what happened to a message, and the dialog that asks once more."""

import reflex as rx

from little_bell.ui.components.forms import dialog, dialog_foot, field, problem
from little_bell.ui.components.parts import card
from little_bell.ui.shell import Shell
from little_bell.ui.states.marking import MARKS, Marking


def marks() -> rx.Component:
    """For editors: one button a mark."""
    buttons = [rx.el.button(f"Mark as {mark}", type="button", class_name="button small", on_click=Marking.ask(mark)) for mark in MARKS]
    text = rx.el.p("Say what you know from elsewhere. It counts at once, is kept with your name, and stays.", class_name="soft small")
    body = rx.el.div(text, rx.el.div(*buttons, class_name="row wrap"), class_name="stack tight")
    return rx.cond(Shell.can_edit, card(body, title="Marks"), rx.fragment())


def mark_dialog() -> rx.Component:
    """Asks for what belongs to the mark; a page has it once."""
    reason = field("Reason", "reason", "As the other mail server said it.", max_length=1_000, placeholder="550 5.1.1 no such user")
    url = field("Link", "url", "Where it leads. Optional.", type="url", max_length=8_192)
    form = rx.el.form(
        rx.match(Marking.mark, ("bounced", reason), ("clicked", url), rx.fragment()),
        problem(Marking.refusal),
        dialog_foot(Marking.close(False), rx.el.button("Mark it", type="submit", class_name="button primary")),
        on_submit=Marking.say,
    )
    title = rx.fragment("Mark as ", Marking.mark)
    return dialog(title, Marking.about, form, is_open=Marking.mark != "", on_change=Marking.close)
