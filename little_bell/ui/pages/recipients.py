"""The part of a campaign's page that takes a file of recipients: choose, say what the columns are, check, register."""

from typing import Any

import reflex as rx

from little_bell.ui.components.forms import choice, problem
from little_bell.ui.components.loading import empty
from little_bell.ui.components.marks import icon
from little_bell.ui.components.parts import card, table
from little_bell.ui.shell import Shell
from little_bell.ui.states.campaign import Campaign
from little_bell.ui.states.recipients import ENCODINGS, KINDS, Recipients


def recipients() -> rx.Component:
    """The steps of an import, one at a time."""
    locked = empty("lock", "Importing is the editors’ business", "Your role here lets you look; ask an owner.")
    steps = rx.match(
        Recipients.step,
        ("columns", _columns()),
        ("checking", _busy("Checking every line")),
        ("checked", _checked()),
        ("registering", _busy("Registering")),
        ("done", _done()),
        _file(),
    )
    return rx.cond(Shell.can_edit, steps, card(locked))


def _file() -> rx.Component:
    # A form of the browser's own: the file goes to the HTTP half, which sends the browser back here.
    form = rx.el.div(rx.html(_form()), key=Recipients.shown_id)
    return card(
        rx.el.div(
            rx.el.p(
                "A CSV file whose first line names its columns, one of them the e-mail addresses. Every line is checked before the first "
                "is registered; done again, nobody is added twice.",
                class_name="soft",
            ),
            form,
            problem(Recipients.problem),
            class_name="stack tight",
        ),
        title="Import recipients",
    )


def _form() -> Any:
    return (
        "<form method='post' enctype='multipart/form-data' action='/api/campaigns/"
        + Campaign.shown_id.to_string()
        + "/file' class='row wrap'>"
        "<label class='hidden-text' for='recipients-file'>CSV file</label>"
        "<input class='input file' id='recipients-file' type='file' name='file' accept='.csv,.tsv,.txt,text/csv' required>"
        "<button class='button primary' type='submit'>Upload</button></form>"
    )


def _columns() -> rx.Component:
    def line(column: Any) -> rx.Component:
        kind = choice("What this column is", column.kind, lambda value: Recipients.choose_kind(column.place, value), KINDS)
        return rx.el.tr(
            rx.el.td(rx.el.span(column.heading, class_name="title"), rx.el.span(column.cells, class_name="sub cut")), rx.el.td(kind)
        )

    tools = rx.el.div(
        choice("How the file is written", Recipients.encoding, Recipients.choose_encoding, ENCODINGS),
        rx.el.button("Another file", type="button", class_name="button", on_click=Recipients.start_again),
        rx.el.button(
            "Check every line",
            type="button",
            class_name="button primary",
            on_click=Recipients.look,
            disabled=Recipients.columns.length() == 0,
        ),
        class_name="row wrap",
    )
    return card(
        rx.cond(Recipients.columns.length() > 0, table(["Column", "Is"], rx.foreach(Recipients.columns, line), "Columns"), rx.fragment()),
        rx.el.div(problem(Recipients.problem), tools, class_name="card-body stack tight"),
        title="What are the columns?",
        flush=True,
    )


def _busy(words: str) -> rx.Component:
    line = rx.el.div(rx.el.span(words, " … ", Recipients.progress), role="status", class_name="number")
    return card(line, rx.el.p("You can leave this page; it goes on.", class_name="small soft"), title="Import recipients")


def _checked() -> rx.Component:
    say = rx.cond(Recipients.refused.length() > 0, "Register the good ones: refused lines are left out.", "Nothing is registered yet.")
    foot = rx.el.div(
        rx.el.button("Another file", type="button", class_name="button", on_click=Recipients.start_again),
        rx.el.button(
            "Register them", type="button", class_name="button primary", on_click=Recipients.register, disabled=~Recipients.can_register
        ),
        class_name="row wrap",
    )
    return _outcome("Checked", rx.el.div(rx.el.p(say, class_name="soft"), foot, class_name="stack tight"))


def _done() -> rx.Component:
    foot = rx.el.div(
        rx.el.button("Another file", type="button", class_name="button", on_click=Recipients.start_again),
        rx.el.button("Show messages", type="button", class_name="button primary", on_click=Campaign.choose("tab", "messages")),
        class_name="row wrap",
    )
    return _outcome("Imported", foot)


def _outcome(title: str, foot: rx.Component) -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(rx.el.td(row.line), rx.el.td(row.column), rx.el.td(row.reason))

    report = rx.fragment(
        table(["Line", "Column", "Refused because"], rx.foreach(Recipients.refused, line), "Refused lines"),
        rx.cond(Recipients.refused_more != "", rx.el.p(Recipients.refused_more, class_name="card-body small soft"), rx.fragment()),
    )
    head = rx.el.p(icon("circle-check", 18), Recipients.outcome, class_name="row number", role="status")
    return card(
        rx.el.div(head, foot, class_name="card-body stack tight"),
        rx.cond(Recipients.refused.length() > 0, report, rx.fragment()),
        title=title,
        flush=True,
    )
