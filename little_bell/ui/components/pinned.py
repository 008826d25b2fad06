"""The line that says that the numbers of a page are not those of now."""

from typing import Any

import reflex as rx

from little_bell.ui.components.marks import icon


def pin_notice(state: Any) -> rx.Component:
    """For a page whose state has a `pin` and a filter `set`; nothing where its numbers are those of now."""
    back = rx.el.button(
        rx.cond(state.pin.is_missing, "Leave it out", "Show the numbers of now"),
        type="button",
        class_name="button small push",
        on_click=state.choose("set", ""),
    )
    line = rx.el.div(
        icon("pin"), rx.el.p(state.pin.words), back, class_name=rx.cond(state.pin.is_missing, "notice bad", "notice pinned"), role="status"
    )
    return rx.cond(state.pin.words != "", line, rx.fragment())
