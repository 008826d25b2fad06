"""The dialog in which a file is made of what a list shows (ui/file_making.py)."""

from typing import Any

import reflex as rx

from little_bell.ui.components.forms import dialog, dialog_foot, problem, switch
from little_bell.ui.components.marks import icon, to
from little_bell.ui.file_making import FORMATS


def file_dialog(state: Any, title: str) -> rx.Component:
    """Choose a format, watch how far it is, get it. `state`: a FileMaking."""
    make = rx.el.button("Make the file", type="button", class_name="button primary", on_click=state.start)
    choose = rx.el.div(
        switch("Format", state.format, state.choose_format, FORMATS),
        problem(state.problem),
        dialog_foot(state.set_open(False), make),
        class_name="stack",
    )
    bar = rx.el.progress(value=state.percent.to_string(), max="100", aria_label="How much is written", class_name="progress")
    cancel = rx.el.button("Cancel the export", type="button", class_name="button", on_click=state.cancel)
    working = rx.el.div(
        bar,
        rx.el.p(state.progress, class_name="number soft", role="status"),
        rx.el.div(cancel, class_name="dialog-foot"),
        class_name="stack tight",
    )
    again = to(state.href, icon("download", 16), "Download again", reload_document=True, download=True, class_name="button")
    close = rx.el.button("Close", type="button", class_name="button", on_click=state.set_open(False))
    done = rx.el.div(
        rx.el.p(state.progress, " Your browser is saving it.", role="status"),
        rx.el.div(again, close, class_name="dialog-foot"),
        class_name="stack tight",
    )
    body = rx.match(state.step, ("working", working), ("done", done), choose)
    return dialog(title, state.what, body, is_open=state.is_open, on_change=state.set_open)
