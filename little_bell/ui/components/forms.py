"""Fields, searches, switches and dialogs."""

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex_components_radix.primitives.dialog import dialog as base

from little_bell.ui.components.marks import icon


def field(label: str, name: str, hint: rx.Var[str] | str = "", **props: Any) -> rx.Component:
    """A labelled input of a form."""
    has_hint = isinstance(hint, rx.Var) or hint != ""
    note = rx.el.span(hint, class_name="hint", id=f"{name}-hint") if has_hint else rx.fragment()
    about = {"aria_describedby": f"{name}-hint"} if has_hint else {}
    return rx.el.div(
        rx.el.label(label, html_for=f"field-{name}"),
        rx.el.input(name=name, id=f"field-{name}", class_name="input", **about, **props),
        note,
        class_name="field",
    )


def search(label: str, value: rx.Var[str], on_change: Any) -> rx.Component:
    """A search that asks the server when typing pauses."""
    box = rx.el.input(
        type="search", value=value, on_change=on_change, placeholder=label, aria_label=label, class_name="input", auto_complete="off"
    )
    return rx.el.div(icon("search", 16), rx.debounce_input(box, debounce_timeout=250), class_name="search", role="search")


def choice(label: str, value: rx.Var[str], on_change: Any, options: Mapping[str, str]) -> rx.Component:
    """A select of value → words."""
    items = [rx.el.option(words, value=key) for key, words in options.items()]
    return rx.el.select(*items, value=value, on_change=on_change, aria_label=label, class_name="input")


def pick(label: str, name: str, options: rx.Var[list[Any]], hint: str = "", **props: Any) -> rx.Component:
    """A labelled select of rows that have an `id` and a `name`."""
    box = rx.el.select(
        rx.foreach(options, lambda one: rx.el.option(one.name, value=one.id)), id=f"field-{name}", class_name="input", **props
    )
    note = rx.el.span(hint, class_name="hint") if hint else rx.fragment()
    return rx.el.div(rx.el.label(label, html_for=f"field-{name}"), box, note, class_name="field")


def switch(label: str, value: rx.Var[str], on_choose: Any, options: Mapping[str, str]) -> rx.Component:
    """A row of buttons of which one is pressed."""
    buttons = [
        rx.el.button(words, type="button", on_click=on_choose(key), aria_pressed=rx.cond(value == key, "true", "false"))
        for key, words in options.items()
    ]
    return rx.el.div(*buttons, class_name="switch", role="group", aria_label=label)


def dialog(title: str, text: Any, *content: rx.Component, is_open: rx.Var[bool], on_change: Any, **props: Any) -> rx.Component:
    """A dialog that keeps the keyboard inside, closes with Escape, and gives the focus back (assets/page.js)."""
    return base.root(
        base.portal(
            base.overlay(class_name="veil"),
            base.content(
                base.title(title, as_child=False),
                base.description(text, class_name="soft"),
                *content,
                class_name="dialog",
                **props,
            ),
        ),
        open=is_open,
        on_open_change=on_change,
    )


def dialog_foot(on_cancel: Any, action: rx.Component) -> rx.Component:
    """Cancel, and the one thing that the dialog is for."""
    return rx.el.div(rx.el.button("Cancel", type="button", class_name="button", on_click=on_cancel), action, class_name="dialog-foot")


def confirm(title: str, text: Any, verb: str, on_confirm: Any, *, is_open: rx.Var[bool], on_close: Any) -> rx.Component:
    """Asks before what can't be undone; the focus is on Cancel. `on_close` takes the new openness, which is always False."""
    button = rx.el.button(verb, type="button", class_name="button danger", on_click=on_confirm)
    foot = dialog_foot(on_close(False), button)
    return dialog(title, text, foot, is_open=is_open, on_change=on_close, role="alertdialog")


def problem(text: rx.Var[str]) -> rx.Component:
    """What is wrong with what was entered."""
    return rx.cond(text != "", rx.el.p(text, class_name="problem", role="alert"), rx.fragment())
