"""The tools over a list whose filters live in the page's address (ui/address.py)."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from little_bell.ui.components.forms import choice, search
from little_bell.ui.components.marks import icon


def filter_search(state: Any, label: str) -> rx.Component:
    """The filter `q`: text that is looked for when typing pauses."""
    return search(label, state.asked.q, state.find)


def filter_choice(state: Any, name: str, label: str, options: Mapping[str, str]) -> rx.Component:
    """A filter that has one of these values."""
    return choice(label, getattr(state.asked, name), lambda value: state.choose(name, value), options)


def filter_text(state: Any, name: str, label: str) -> rx.Component:
    """A filter that is typed, and asked for when typing pauses."""
    box = rx.el.input(
        type="text",
        value=getattr(state.asked, name),
        on_change=lambda text: state.choose(name, text),
        placeholder=label,
        aria_label=label,
        class_name="input narrow",
        auto_complete="off",
    )
    return rx.debounce_input(box, debounce_timeout=400)


def unfilter(state: Any) -> rx.Component:
    """Takes all filters away."""
    return rx.el.button("Show all", type="button", class_name="button small ghost", on_click=state.unfilter)


def filter_chip(state: Any, name: str, words: Any) -> rx.Component:
    """A filter that was chosen elsewhere, with a cross that takes it away."""
    label = rx.Var.create(f"Don’t filter by {words}")
    clear = state.choose(name, "")
    button = rx.el.button(words, icon("x", 14), type="button", class_name="button small", aria_label=label, on_click=clear)
    return rx.cond(getattr(state.asked, name) != "", button, rx.fragment())
