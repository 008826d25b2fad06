"""The trend across campaigns: each one's rate as a bar, the moving median as a line; from the third campaign on."""

import reflex as rx

from little_bell.ui.components.chart import framed, key
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
    words = {"human": WHOSE["people"], "all": WHOSE["all"], "median": "Median of a campaign and the four before"}
    label = "Rates of the last campaigns, in order"
    chart = framed(bars, machines, median, points=Trend.points, label=label, words=words, cursor={"fill": "var(--hover)"}, unit=" %")
    keys = (rx.el.i(class_name="dot opens", aria_hidden="true"), key("var(--series-opens)", "5 4"), key("var(--series-clicks)"))
    legend = rx.el.div(*(rx.el.span(*pair) for pair in zip(keys, words.values(), strict=True)), class_name="legend legend-line")
    aside = switch("Rate", Trend.by, Trend.choose, BY)
    full = card(legend, chart, title="Your last campaigns", aside=aside)
    return rx.cond(Trend.points.length() > 2, full, rx.fragment())
