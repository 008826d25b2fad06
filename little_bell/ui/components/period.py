"""The pickers at the head of a page: its period, and whom its charts count."""

from typing import Any

import reflex as rx

from little_bell.ui.components.about import about_rate
from little_bell.ui.components.forms import choice, switch
from little_bell.ui.components.marks import icon
from little_bell.ui.filters import BY
from little_bell.ui.period import DATES, PERIODS


def period_picker(state: Any) -> rx.Component:
    """The period of a Dated page; chosen days have two fields of their own."""
    options = {**PERIODS, DATES: "Days …"}
    days = rx.el.form(
        rx.el.input(type="date", name="first", default_value=state.period.first, aria_label="First day", class_name="input", required=True),
        rx.el.span("–", aria_hidden="true"),
        rx.el.input(type="date", name="last", default_value=state.period.last, aria_label="Last day", class_name="input", required=True),
        rx.el.button("Show", type="submit", class_name="button"),
        on_submit=state.choose_dates,
        key=state.asked.period,
        class_name="row wrap",
    )
    select = rx.el.div(icon("calendar", 16), choice("Period", state.period.choice, state.choose_period, options), class_name="picker")
    return rx.el.div(select, rx.cond(state.period.choice == DATES, days, rx.fragment()), class_name="row wrap")


def period_words(state: Any) -> rx.Component:
    """Which days the period are, and with which they are compared."""
    against = rx.cond(state.period.against != "", rx.fragment(", compared with ", state.period.against), rx.fragment())
    return rx.fragment(state.period.words, against)


def by_switch(state: Any) -> rx.Component:
    """Whether people or everybody is counted, where one of the two is shown."""
    buttons = switch("Who is counted", state.asked.by, lambda key: state.choose("by", key), BY)
    return rx.el.div(buttons, about_rate("who is counted", "by", place="switch"), class_name="row")
