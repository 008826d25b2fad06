"""The command palette over every page: Ctrl-K or its button, a field, and where it leads. assets/page.js walks the list by keyboard."""

from typing import Any

import reflex as rx
from reflex_components_radix.primitives.dialog import dialog as base

from little_bell.ui.components.marks import icon, to
from little_bell.ui.states.palette import COPY, MODE, Palette, Place


def palette_button() -> rx.Component:
    """Opens it; Ctrl-K presses the same."""
    keys = rx.el.kbd(rx.el.span("Ctrl K", class_name="not-mac"), rx.el.span("⌘ K", class_name="mac"))
    return rx.el.button(
        icon("search", 16),
        rx.el.span("Search …", class_name="words"),
        keys,
        type="button",
        class_name="jump",
        custom_attrs={"data-opens-palette": ""},
        aria_label="Search or go to …",
        aria_keyshortcuts="Control+K Meta+K",
    )


def palette(on_copied: Any) -> rx.Component:
    """The dialog itself, once a page; `on_copied` says that the address was copied."""
    trigger = rx.el.button("Search", type="button", tab_index=-1, hidden=True, custom_attrs={"data-palette": ""})
    field = rx.el.input(
        type="text",
        role="combobox",
        aria_label="Search campaigns, recipients and pages",
        aria_expanded="true",
        aria_controls="palette-list",
        aria_autocomplete="list",
        auto_complete="off",
        spell_check=False,
        auto_focus=True,
        placeholder="A campaign, a recipient, a page …",
        on_change=Palette.find,
        max_length=320,
    )
    searched = rx.debounce_input(field, debounce_timeout=150)
    return base.root(
        base.trigger(trigger, as_child=True),
        base.portal(
            base.overlay(class_name="veil"),
            base.content(
                base.title(rx.el.span("Search or go to", class_name="hidden-text"), as_child=False),
                base.description(rx.el.span("Arrow keys choose, Enter goes there, Escape closes.", class_name="hidden-text")),
                rx.el.div(icon("search", 18), searched, class_name="palette-field"),
                _list(on_copied),
                rx.cond(Palette.is_empty, rx.el.p("Nothing is called that.", class_name="palette-none", role="status"), rx.fragment()),
                class_name="palette",
            ),
        ),
        on_open_change=Palette.open,
    )


def _list(on_copied: Any) -> rx.Component:
    copy = _button(COPY, "link", [rx.set_clipboard(rx.Var("window.location.href")), on_copied])
    actions = rx.el.div(
        rx.el.div("Actions", class_name="palette-head", aria_hidden="true"),
        rx.foreach(Palette.actions, lambda one: _option(one, "plus")),
        rx.cond(Palette.can_copy, copy, rx.fragment()),
        rx.cond(Palette.can_switch, _button(MODE, "sun-moon", rx.toggle_color_mode), rx.fragment()),
        role="group",
        aria_label="Actions",
        class_name="palette-group",
    )
    return rx.el.div(
        _group("Campaigns", Palette.campaigns, "mails"),
        _group("Recipients and messages", Palette.messages, "mail"),
        _group("Pages", Palette.pages, "arrow-right"),
        rx.cond(Palette.has_actions, actions, rx.fragment()),
        id="palette-list",
        role="listbox",
        aria_label="Places",
        class_name="palette-list",
        custom_attrs={"data-sought": Palette.sought},
    )


def _group(name: str, places: rx.Var[list[Place]], icon_name: str) -> rx.Component:
    head = rx.el.div(name, class_name="palette-head", aria_hidden="true")
    full = rx.el.div(
        head, rx.foreach(places, lambda one: _option(one, icon_name)), role="group", aria_label=name, class_name="palette-group"
    )
    return rx.cond(places.length() > 0, full, rx.fragment())


def _option(one: Any, icon_name: str) -> rx.Component:
    words = rx.el.span(rx.el.span(one.name, class_name="cut"), rx.el.span(one.note, class_name="faint cut"), class_name="palette-words")
    link = to(one.href, icon(icon_name, 16), words, role="option", id=one.key, tab_index=-1, aria_selected="false")
    return base.close(link, as_child=True)


def _button(words: str, icon_name: str, on_click: Any) -> rx.Component:
    button = rx.el.button(
        icon(icon_name, 16),
        rx.el.span(words),
        type="button",
        role="option",
        tab_index=-1,
        aria_selected="false",
        id=f"action-{icon_name}",
        on_click=on_click,
    )
    return base.close(button, as_child=True)
