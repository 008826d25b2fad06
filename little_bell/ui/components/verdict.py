"""Who caused an event and why we think so; and for those who may, a way to say that it was otherwise."""

from typing import Any

import reflex as rx

from little_bell.ui.components.forms import dialog, dialog_foot, field, problem
from little_bell.ui.components.marks import icon, verdict_badge
from little_bell.ui.shell import Shell
from little_bell.ui.states.overruling import Overruling


def verdict_of(row: Any) -> rx.Component:
    """The verdict of an event, and whether it counts."""
    uncounted = rx.cond(row.is_counted, rx.fragment(), rx.el.span("not counted", class_name="badge"))
    return rx.fragment(verdict_badge(row.verdict), uncounted)


def reasons_of(row: Any) -> rx.Component:
    """Why, in words, with how sure that is and by which rules; and what somebody said of it."""
    why = rx.el.details(
        rx.el.summary(row.reasons),
        rx.el.ul(rx.foreach(row.meanings, rx.el.li), class_name="plain-list"),
        rx.el.p(row.judged, class_name="faint"),
        class_name="aside-note small",
    )
    said = rx.el.p(icon("user-round-check", 15), row.said, class_name="row small soft")
    return rx.fragment(rx.cond(row.reasons != "", why, rx.fragment()), rx.cond(row.said != "", said, rx.fragment()))


def overrule(row: Any) -> rx.Component:
    """For editors: it was a person, it was a machine, or what was said is taken back."""

    def button(words: str, verdict: str) -> rx.Component:
        return rx.el.button(words, type="button", class_name="button small", on_click=Overruling.ask(row.id, verdict))

    back = rx.el.button("Take back", type="button", class_name="button small", on_click=Overruling.take_back(row.id))
    other = rx.cond(row.is_human, button("It was a machine", "machine"), button("It was a person", "human"))
    buttons = rx.el.div(other, rx.cond(row.said != "", back, rx.fragment()), class_name="row wrap")
    return rx.cond(Shell.can_edit & row.can_overrule, buttons, rx.fragment())


def overrule_dialog() -> rx.Component:
    """Asks for a note, once on each page that has overrule()."""
    form = rx.el.form(
        field("Note", "note", "How you know. Optional; everybody here can read it.", max_length=300, auto_focus=True),
        problem(Overruling.refusal),
        dialog_foot(Overruling.close(False), rx.el.button("Say so", type="submit", class_name="button primary")),
        on_submit=Overruling.say,
    )
    text = "All numbers follow, and it stands until somebody takes it back, whatever the rules say."
    return dialog(Overruling.question, text, form, is_open=Overruling.event_id > 0, on_change=Overruling.close)
