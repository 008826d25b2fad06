"""What stands where something isn't yet, isn't at all, or couldn't be loaded."""

from typing import Any

import reflex as rx

from little_bell.ui.components.marks import icon
from little_bell.ui.shell import Shell


def bone(width: str = "100%", height: str = "14px") -> rx.Component:
    """A grey bar where text will be."""
    return rx.el.div(class_name="bone", style={"width": width, "height": height, "margin": "4px 0"}, aria_hidden="true")


def bones(lines: int = 5) -> rx.Component:
    """Several bars, for a list that loads."""
    return rx.el.div(
        *(bone(f"{92 - 13 * (n % 4)}%") for n in range(lines)), class_name="card-body stack tight", role="status", aria_label="Loading"
    )


def chart_bone() -> rx.Component:
    """Where a chart will be."""
    return rx.el.div(class_name="chart bone", role="status", aria_label="Loading")


def empty(icon_name: str, title: str, text: str, *actions: rx.Component, is_whole_page: bool = False) -> rx.Component:
    """What to do where there is nothing yet."""
    heading = rx.el.h1(title) if is_whole_page else rx.el.h2(title)
    return rx.el.div(icon(icon_name, 30), heading, rx.el.p(text), *actions, class_name="empty")


def failed() -> rx.Component:
    """Instead of bones, when what they stand for couldn't be loaded; the alarm above the page says what to do."""
    return empty("cloud-off", "This couldn’t be loaded", "Try again in a moment.")


def loaded(is_loading: rx.Var[bool], bones: rx.Component, full: rx.Component, instead: rx.Component | None = None) -> rx.Component:
    """Bones, then the thing; when it couldn't be loaded, what to do (or `instead`)."""
    return rx.cond(is_loading, rx.cond(Shell.is_failing, instead or failed(), bones), full)


def filled(is_loading: rx.Var[bool], is_there: rx.Var[bool], full: rx.Component, nothing: rx.Component, lines: int = 5) -> rx.Component:
    """Bones, then the thing, or what to do without it."""
    return loaded(is_loading, bones(lines), rx.cond(is_there, full, nothing))


def nothing_found(narrowed: rx.Var[bool], text: str, on_show_all: Any, otherwise: rx.Component) -> rx.Component:
    """An empty list: because of its filters, which one button takes away, or because there is nothing yet."""
    everything = rx.el.button("Show all", type="button", class_name="button", on_click=on_show_all)
    return rx.cond(narrowed, empty("search-x", "Nothing matches", text, everything), otherwise)
