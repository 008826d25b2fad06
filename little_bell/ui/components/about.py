"""The mark beside a number that says what it is and how it is counted: on hover, by keyboard and by touch."""

import reflex as rx

from little_bell.ui.components.marks import icon
from little_bell.ui.definitions import policy


def about(what: rx.Var[str] | str, text: rx.Var[str] | str) -> rx.Component:
    """The mark of `what` that shows `text`; a screen reader reads both. assets/page.js opens, places and closes it."""
    name = rx.el.span("About ", what, ": ", class_name="hidden-text")
    return rx.el.button(name, icon("info", 13), rx.el.span(text, class_name="tip"), type="button", class_name="about")


def about_rate(what: str, name: str) -> rx.Component:
    """The same for a number that domain.metrics defines."""
    return about(what, policy(name))
