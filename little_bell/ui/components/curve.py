"""Curves by the time since the mail was sent, and the week by the hour."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from little_bell.ui.components.chart import framed, key
from little_bell.ui.theme import CURVES

HOURS = [f"{hour:02}" if hour % 3 == 0 else "" for hour in range(24)]
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def curve_chart(
    points: rx.Var[list[dict[str, str | float]]], words: Mapping[str, str], label: str, shown: rx.Var[int] | int = 9
) -> rx.Component:
    """Percent of those delivered, by the time since each message was sent."""
    lines = (_line(name) for name in words)
    cursor = {"stroke": "var(--line-strong)"}
    return framed(*lines, points=points, label=label, words=words, cursor=cursor, unit=" %", shown=shown)


def _line(name: str) -> rx.Component:
    words, colour, dashes = CURVES[name]
    return rx.recharts.line(
        data_key=name,
        name=words,
        stroke=colour,
        stroke_dasharray=dashes,
        stroke_width=2,
        type_="monotone",
        unit=" %",
        dot=False,
        is_animation_active=False,
    )


def curve_legend(words: Mapping[str, str]) -> rx.Component:
    """What the lines mean."""
    return rx.el.div(*(rx.el.span(key(*CURVES[name][1:]), said) for name, said in words.items()), class_name="legend")


def week(heat: Any) -> rx.Component:
    """Each hour of the week, the fuller of colour the more people opened."""
    hours = [rx.el.span(hour, class_name="hour") for hour in HOURS]
    cells = rx.foreach(heat.cells, lambda cell: rx.el.i(title=cell.title, style={"background": cell.colour}))
    days = [rx.el.span(day) for day in DAYS]
    grid = rx.el.div(
        rx.el.div(*days, class_name="days", aria_hidden="true"),
        rx.el.div(*hours, cells, class_name="hours", role="img", aria_label=heat.best),
        class_name="week",
    )
    return rx.el.div(grid, rx.el.p(heat.best, class_name="soft small"), class_name="stack tight")
