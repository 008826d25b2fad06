"""The chart of opens, clicks and bounces: what people did filled, what all did as a dashed line above it."""

from typing import Any

import reflex as rx

from little_bell.ui.theme import SERIES

Point = dict[str, str | int]
TICK = {"fontSize": 11, "fill": "var(--ink-3)"}


def events_chart(points: rx.Var[list[Point]], label: str) -> rx.Component:
    """Events over time."""
    lines = (_area("human_opens", 18), _area("human_clicks", 26), _line("opens", "5 4"), _line("clicks", "5 4"), _line("bounces", "0"))
    return framed(*lines, points=points, label=label, cursor={"stroke": "var(--line-strong)"})


def framed(*series: rx.Component, points: rx.Var[list[Point]], label: str, cursor: dict[str, str]) -> rx.Component:
    """Series over time with their axes; colours are tokens, so both modes come for free."""
    chart = rx.recharts.composed_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--line)", stroke_dasharray="2 4"),
        rx.recharts.x_axis(
            data_key="label", tick=TICK, tick_line=False, axis_line=False, interval="equidistantPreserveStart", min_tick_gap=24
        ),
        rx.recharts.y_axis(width=44, tick=TICK, tick_line=False, axis_line=False, allow_decimals=False),
        rx.recharts.graphing_tooltip(
            content_style={"background": "var(--surface)", "borderColor": "var(--line)", "borderRadius": "8px", "fontSize": "13px"},
            label_style={"color": "var(--ink)", "fontWeight": 600},
            item_style={"padding": 0},
            cursor=cursor,
        ),
        *series,
        data=points,
        width="100%",
        height="100%",
        margin={"top": 8, "right": 8, "left": 0, "bottom": 0},
    )
    return rx.el.div(chart, class_name="chart", role="group", aria_label=label)


def legend() -> rx.Component:
    """What the colours mean."""
    dots = {"human_opens": "opens", "opens": "opens pale", "human_clicks": "clicks", "clicks": "clicks pale", "bounces": "bounces"}
    words = [rx.el.span(rx.el.i(class_name=f"dot {dot}", aria_hidden="true"), SERIES[name][0]) for name, dot in dots.items()]
    return rx.el.div(*words, class_name="legend")


def _area(name: str, percent: int) -> rx.Component:
    words, colour = SERIES[name]
    fill = f"color-mix(in srgb, {colour} {percent}%, transparent)"
    return rx.recharts.area(fill=fill, custom_attrs={"fillOpacity": 1}, stroke_width=2, **_common(name, words, colour))


def _line(name: str, dashes: str) -> rx.Component:
    words, colour = SERIES[name]
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
