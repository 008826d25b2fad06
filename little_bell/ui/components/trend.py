"""The chart of what came back: bounces as bars, complaints as a line above them."""

import reflex as rx

from little_bell.ui.components.chart import TICK, Point
from little_bell.ui.theme import SERIES


def trend_chart(points: rx.Var[list[Point]], label: str) -> rx.Component:
    """Bounces and complaints by day; colours are tokens, so both modes come for free."""
    common = {"is_animation_active": False}
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
            cursor={"fill": "var(--hover)"},
        ),
        rx.recharts.bar(
            data_key="bounces", name=SERIES["bounces"][0], fill=SERIES["bounces"][1], max_bar_size=26, radius=[3, 3, 0, 0], **common
        ),
        rx.recharts.line(
            data_key="complaints", name=SERIES["complaints"][0], stroke=SERIES["complaints"][1], stroke_width=2, dot=False, **common
        ),
        data=points,
        width="100%",
        height="100%",
        margin={"top": 8, "right": 8, "left": 0, "bottom": 0},
    )
    return rx.el.div(chart, class_name="chart", role="img", aria_label=label)


def trend_legend() -> rx.Component:
    """What the colours mean."""
    words = [rx.el.span(rx.el.i(class_name=f"dot {dot}", aria_hidden="true"), SERIES[dot][0]) for dot in ("bounces", "complaints")]
    return rx.el.div(*words, class_name="legend")
