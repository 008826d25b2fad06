"""The mark beside a number that says what it is and how it is counted: on hover, by keyboard and by touch."""

import reflex as rx

from little_bell.ui.components.marks import icon
from little_bell.ui.definitions import policy


def about(what: rx.Var[str] | str, text: rx.Var[str] | str, *, place: rx.Var[str] | str) -> rx.Component:
    """The mark of `what` that shows `text`; a screen reader reads both. `place` is a word that no other mark of the page has.

    assets/page.js opens, places and closes it.
    """
    text_id = rx.Var.create(f"about-{place}")
    mark = rx.el.button(icon("info", 13), type="button", aria_label=rx.Var.create(f"About {what}"), aria_describedby=text_id)
    return rx.el.span(mark, rx.el.span(text, role="tooltip", id=text_id, class_name="tip"), class_name="about")


def about_rate(what: str, name: str, *, place: str) -> rx.Component:
    """The same for a number that domain.metrics defines; `place` is where on the page it stands."""
    return about(what, policy(name), place=f"{place}-{name}")
