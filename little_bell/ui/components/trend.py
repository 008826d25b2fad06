"""The chart of what came back: bounces as bars, complaints as a line above them."""

import reflex as rx

from little_bell.ui.components.chart import Point, framed, key
from little_bell.ui.theme import SERIES


def trend_chart(points: rx.Var[list[Point]], label: str) -> rx.Component:
    """Bounces and complaints by day."""
    common = {"is_animation_active": False}
    bars = rx.recharts.bar(
        data_key="bounces", name=SERIES["bounces"][0], fill=SERIES["bounces"][1], max_bar_size=26, radius=[3, 3, 0, 0], **common
    )
    line = rx.recharts.line(
        data_key="complaints", name=SERIES["complaints"][0], stroke=SERIES["complaints"][1], stroke_width=2, dot=False, **common
    )
    words = {name: SERIES[name][0] for name in ("bounces", "complaints")}
    return framed(bars, line, points=points, label=label, words=words, cursor={"fill": "var(--hover)"})


def trend_legend() -> rx.Component:
    """What bars and line mean."""
    bars = rx.el.span(rx.el.i(class_name="dot bounces", aria_hidden="true"), SERIES["bounces"][0])
    return rx.el.div(bars, rx.el.span(key(SERIES["complaints"][1]), SERIES["complaints"][0]), class_name="legend")
