"""The chart of opens, clicks and bounces: what people did filled, what all did as a dashed line above it."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from little_bell.ui.theme import EVENTS, SERIES

Point = dict[str, str | int]
TICK = {"fontSize": 11, "fill": "var(--ink-3)"}
#: As everywhere: 12,000 and 33.3.
SAID = "toLocaleString('en', {maximumFractionDigits: 1})"
GROUPED = f"(value) => value.{SAID}"


def events_chart(points: rx.Var[list[Point]], label: str) -> rx.Component:
    """Events over time."""
    lines = (_area("human_opens", 18), _area("human_clicks", 26), *(_line(name) for name in ("opens", "clicks", "bounces")))
    words = {name: SERIES[name][0] for name in EVENTS}
    return framed(*lines, points=points, label=label, words=words, cursor={"stroke": "var(--line-strong)"})


def framed(
    *series: rx.Component,
    points: rx.Var[list[Any]],
    label: str,
    words: Mapping[str, str],
    cursor: dict[str, str],
    unit: str = "",
    shown: rx.Var[int] | int = 9,
) -> rx.Component:
    """Series over time with their axes, and below them the same as a table; colours are tokens, so both modes come for free.

    `words` are the fields of the points with their names, of which the first `shown` are there; `unit` stands behind each number.
    """
    chart = rx.recharts.composed_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--line)", stroke_dasharray="2 4"),
        rx.recharts.x_axis(
            data_key="label", tick=TICK, tick_line=False, axis_line=False, interval="equidistantPreserveStart", min_tick_gap=24
        ),
        rx.recharts.y_axis(width=48, tick=TICK, tick_line=False, axis_line=False, allow_decimals=False, tick_formatter=GROUPED, unit=unit),
        rx.recharts.graphing_tooltip(
            content_style={"background": "var(--surface)", "borderColor": "var(--line)", "borderRadius": "8px", "fontSize": "13px"},
            label_style={"color": "var(--ink)", "fontWeight": 600},
            item_style={"padding": 0},
            cursor=cursor,
            separator=": ",
            custom_attrs={"formatter": rx.Var(GROUPED), "itemSorter": rx.Var(f"(one) => {list(words)}.indexOf(one.dataKey)")},
        ),
        *series,
        data=points,
        width="100%",
        height="100%",
        custom_attrs={"aria-label": label},  # of what the arrow keys walk through
        margin={"top": 8, "right": 28, "left": 0, "bottom": 0},  # room for half of the last label, or none but the first are shown
    )
    figure = rx.el.div(chart, class_name="chart", role="group", aria_label=label)
    return rx.el.div(figure, _as_table(points, label, words, unit, shown), class_name="stack tight")


def _as_table(points: rx.Var[list[Any]], label: str, words: Mapping[str, str], unit: str, shown: rx.Var[int] | int) -> rx.Component:
    """The same for who can't see the chart, or wants to take its numbers along."""

    def line(point: Any) -> rx.Component:
        cells = [there(place, rx.el.td(_said(point[name], unit), class_name="num")) for place, name in enumerate(words)]
        return rx.el.tr(rx.el.th(point["label"], scope="row"), *cells)

    def there(place: int, cell: rx.Component) -> rx.Component:
        return cell if isinstance(shown, int) else rx.cond(shown > place, cell, rx.fragment())

    names = [there(place, rx.el.th(name, scope="col", class_name="num")) for place, name in enumerate(words.values())]
    head = rx.el.thead(rx.el.tr(rx.el.th(rx.el.span("When", class_name="hidden-text"), scope="col"), *names))
    full = rx.el.table(head, rx.el.tbody(rx.foreach(points, line)), class_name="table", aria_label=label)
    return rx.el.details(rx.el.summary("As a table"), rx.el.div(full, class_name="sideways"), class_name="aside-note as-table")


def _said(number: Any, unit: str) -> rx.Var[str]:
    """1,234 %; – where there is none."""
    return rx.Var(f"({number} == null ? '–' : {number}.{SAID} + '{unit}')", _var_type=str)


def key(colour: rx.Var[str] | str, dashes: rx.Var[str] | str = "0") -> rx.Component:
    """A piece of a line as its chart draws it: told by its dashes too, where colours look alike."""
    line = rx.el.svg.line(x1="1", x2="21", y1="5", y2="5", stroke=colour, stroke_width="2.5", stroke_dasharray=dashes)
    return rx.el.svg(line, view_box="0 0 22 10", width="22", height="10", custom_attrs={"aria-hidden": "true"})


def legend() -> rx.Component:
    """What the lines mean."""
    words = [rx.el.span(key(SERIES[name][1], SERIES[name][2]), SERIES[name][0]) for name in EVENTS]
    return rx.el.div(*words, class_name="legend")


def _area(name: str, percent: int) -> rx.Component:
    words, colour, _dashes = SERIES[name]
    fill = f"color-mix(in srgb, {colour} {percent}%, transparent)"
    return rx.recharts.area(fill=fill, custom_attrs={"fillOpacity": 1}, stroke_width=2, **_common(name, words, colour))


def _line(name: str) -> rx.Component:
    words, colour, dashes = SERIES[name]
    return rx.recharts.line(stroke_dasharray=dashes, stroke_width=1.5, **_common(name, words, colour), dot=False)


def _common(name: str, words: str, colour: str) -> dict[str, Any]:
    return {
        "data_key": name,
        "name": words,
        "stroke": colour,
        "type_": "monotone",
        "is_animation_active": False,
        "active_dot": {"r": 3.5, "fill": colour, "strokeWidth": 0},
    }
