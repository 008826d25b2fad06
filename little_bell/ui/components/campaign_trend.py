"""The trend across campaigns: each one's rate as a bar, the moving median as a line; from the third campaign on."""

import reflex as rx

from little_bell.ui.components.chart import framed
from little_bell.ui.components.forms import switch
from little_bell.ui.components.parts import card
from little_bell.ui.filters import BY as WHOSE
from little_bell.ui.states.trend import BY, Trend


def trend_card() -> rx.Component:
    """Nothing where there are too few campaigns for a trend."""
    still = {"is_animation_active": False}
    dashed = {"stroke_dasharray": "5 4", "dot": False, **still}
    bars = rx.recharts.bar(
        data_key="human", name=f"{WHOSE['people']} (%)", fill="var(--series-opens)", max_bar_size=26, radius=[3, 3, 0, 0], **still
    )
    machines = rx.recharts.line(data_key="all", name=f"{WHOSE['all']} (%)", stroke="var(--series-opens)", **dashed)
    median = rx.recharts.line(
        data_key="median", name="Median of five (%)", stroke="var(--series-clicks)", stroke_width=2, dot=False, connect_nulls=True, **still
    )
    chart = framed(
        bars, machines, median, points=Trend.points, label="Rates of the last campaigns, in order", cursor={"fill": "var(--hover)"}
    )
    words = {"opens": WHOSE["people"], "opens pale": WHOSE["all"], "clicks": "Median of a campaign and the four before"}
    dots = [rx.el.span(rx.el.i(class_name=f"dot {dot}", aria_hidden="true"), said) for dot, said in words.items()]
    aside = switch("Rate", Trend.by, Trend.choose, BY)
    full = card(rx.el.div(rx.el.div(*dots, class_name="legend"), class_name="legend-line"), chart, title="Your last campaigns", aside=aside)
    return rx.cond(Trend.points.length() > 2, full, rx.fragment())
