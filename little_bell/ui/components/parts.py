"""The furniture: cards, figures, tables, snippets, and what stands there while there is nothing."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from little_bell.ui.components.about import about, about_rate
from little_bell.ui.components.loading import bone, loaded
from little_bell.ui.components.marks import TYPE_TONES, badge, icon, to
from little_bell.ui.figures import Figure
from little_bell.ui.rows import ReasonLine
from little_bell.ui.shell import Shell


def card(*children: rx.Component, title: str = "", aside: rx.Component | None = None, flush: bool = False) -> rx.Component:
    """A sheet of paper with a heading; `flush` lets a table reach its edges."""
    head = [rx.el.div(rx.el.h2(title), aside or rx.fragment(), class_name="card-head")] if title else []
    return rx.el.section(
        *head, rx.el.div(*children, class_name="flush" if flush else "card-body"), class_name="card", aria_label=title or None
    )


def page_head(title: rx.Var[str] | str, *actions: rx.Component, lead: Any = "", crumbs: rx.Component | None = None) -> rx.Component:
    """A page's title, one line on what it shows, and what can be done there."""
    line = rx.el.p(lead) if isinstance(lead, rx.Var) or lead else rx.fragment()
    titles = rx.el.div(crumbs or rx.fragment(), rx.el.h1(title), line)
    return rx.el.header(titles, rx.el.div(*actions, class_name="row wrap"), class_name="page-head")


def figure(one: rx.Var[Figure]) -> rx.Component:
    """A number with its name, what stands beside it, and its formula."""
    dot = rx.cond(one.dot != "", rx.el.span(class_name=f"dot {one.dot}", aria_hidden="true"), rx.fragment())
    return rx.el.div(
        rx.el.span(dot, one.name, rx.cond(one.about != "", about(one.name, one.about, place=one.field), rx.fragment()), class_name="name"),
        rx.el.span(one.value, class_name="value number"),
        rx.cond(one.change != "", _change(one), rx.fragment()),
        rx.el.span(one.beside, class_name="beside number"),
        rx.el.span(one.formula, class_name="formula"),
        class_name="card stat",
    )


def _change(one: rx.Var[Figure]) -> rx.Component:
    return rx.el.span(
        one.change, rx.el.span(" against the period before", class_name="hidden-text"), class_name=f"change {one.tone} number"
    )


def figures_row(figures: rx.Var[list[Figure]], is_loading: rx.Var[bool]) -> rx.Component:
    """The figures, or their bones while they load: of one size, so that nothing jumps."""
    bones = [rx.el.div(bone("45%"), bone("60%", "34px"), bone("80%"), class_name="card stat") for _ in range(6)]
    full = rx.el.section(rx.foreach(figures, figure), class_name="stats", aria_label="Key figures")
    return loaded(is_loading, rx.el.div(*bones, class_name="stats", role="status", aria_label="Loading"), full, rx.fragment())


def table(headings: Sequence[str], rows: rx.Component | rx.Var, label: str) -> rx.Component:
    """A table. A heading's marks say: # numbers, ^ left out on a tablet, ~ on a phone, ! read aloud only; after a ? the number it is about
    (`#Open rate?human_open_rate`), for the mark that explains it.
    """
    cells = [rx.el.th(_heading(name, label), scope="col", class_name=_column_class(name)) for name in headings]
    return rx.el.table(rx.el.thead(rx.el.tr(*cells)), rx.el.tbody(rows), class_name="table", aria_label=label)


def reasons_table(rows: rx.Var[list[ReasonLine]]) -> rx.Component:
    """Why messages bounced, the most frequent first."""

    def line(row: Any) -> rx.Component:
        bar = rx.el.div(rx.el.i(style={"width": row.width}), class_name="bar bounces", aria_hidden="true")
        return rx.el.tr(
            rx.el.td(row.reason, rx.el.span(row.category, class_name="sub")),
            rx.el.td(badge(row.type, TYPE_TONES)),
            rx.el.td(bar, class_name="wide-only"),
            rx.el.td(row.bounced, class_name="num"),
        )

    return table(["Reason", "Kind", "~!Share", "#Messages"], rx.foreach(rows, line), "Bounces by reason")


def _heading(name: str, label: str) -> rx.Component:
    words, _, number = name.lstrip("#^~!").partition("?")
    if number:
        return rx.el.span(words, about_rate(words, number, place=label.lower().replace(" ", "-")), class_name="explained")
    return rx.el.span(words, class_name="hidden-text") if "!" in name else rx.fragment(words)


def _column_class(name: str) -> str:
    return " ".join(word for mark, word in (("#", "num"), ("^", "roomy-only"), ("~", "wide-only")) if mark in name.partition("?")[0])


def with_machines(number: Any) -> rx.Component:
    """Below a number that counts people: the same with what machines did."""
    return rx.el.span(number, " with machines", class_name="sub")


def copy_button(text: rx.Var[str] | str, label: str = "Copy") -> rx.Component:
    """Copies `text`: as a call within the page, since a script sent by the server would need eval."""
    return rx.el.button(
        icon("copy", 15),
        label,
        type="button",
        class_name="button small",
        on_click=[rx.set_clipboard(text), Shell.say("Copied to the clipboard.")],
    )


def snippet(code: rx.Var[str] | str, label: str = "Copy") -> rx.Component:
    """Code with a button that copies it."""
    return rx.el.div(rx.el.code(code), copy_button(code, label), class_name="snippet")


def download(text: str, href: Any) -> rx.Component:
    """A file from the HTTP half. `reload_document` lets the browser itself ask for it: our router knows no such page."""
    return to(href, icon("download", 16), text, reload_document=True, download=True, class_name="button")


def fact(name: str, value: Any) -> rx.Component:
    """A term and what it is, for a `facts` list."""
    return rx.fragment(rx.el.dt(name), rx.el.dd(value))
