"""How a campaign went: over time, since it was sent, by the hour of the week, and how far its messages came."""

from typing import Any

import reflex as rx

from little_bell.ui import theme
from little_bell.ui.campaign_filters import SPANS
from little_bell.ui.components.about import about
from little_bell.ui.components.chart import events_chart, legend
from little_bell.ui.components.curve import curve_chart, curve_legend, week
from little_bell.ui.components.forms import switch
from little_bell.ui.components.loading import chart_bone, empty, filled, loaded
from little_bell.ui.components.parts import card, reasons_table, table
from little_bell.ui.components.variants import variants_card
from little_bell.ui.states.campaign import Campaign

CURVES = {name: theme.CURVES[name][0] for name in ("human_opened", "opened", "human_clicked", "clicked")}
IS_LOADING = Campaign.is_loading | (Campaign.shown_tab != "results")
CHOSEN = {key: words for key, words in SPANS.items() if key}


def results() -> rx.Component:
    """All of it."""
    quiet = empty("circle-check", "No bounces", "None of its messages was reported to have failed.")
    chart = loaded(IS_LOADING, chart_bone(), events_chart(Campaign.points, "Opens, clicks and bounces of this campaign over time"))
    spans = switch("Period", Campaign.span, lambda span: Campaign.choose("span", span), CHOSEN)
    return rx.el.div(
        rx.el.div(
            card(_funnel(), title="How far the messages came"), card(_bounds(), title="The open rate, honestly"), class_name="two even"
        ),
        card(rx.el.div(legend(), class_name="legend-line"), chart, title="Over time", aside=spans),
        rx.el.div(card(_curve(), title="Since it was sent"), card(_week(), title="Hours of the week"), class_name="two even"),
        card(
            filled(IS_LOADING, Campaign.reasons.length() > 0, reasons_table(Campaign.reasons), quiet),
            title="Why messages bounced",
            flush=True,
        ),
        variants_card(),
        rx.cond(Campaign.told.length() > 0, _told(), rx.fragment()),
        class_name="stack",
    )


def _funnel() -> rx.Component:
    def bar(step: Any) -> rx.Component:
        return rx.el.li(
            step.name,
            rx.el.div(rx.el.i(style={"width": step.width}), class_name=f"bar {step.tone}", aria_hidden="true"),
            rx.el.span(rx.el.strong(step.value), rx.el.span(step.share, class_name="faint small"), class_name="number stage"),
        )

    note = rx.el.p("Opened and clicked count people; bars are shares of all messages.", class_name="faint small")
    return rx.el.div(rx.el.ul(rx.foreach(Campaign.funnel, bar), class_name="funnel"), note, class_name="stack tight")


def _bounds() -> rx.Component:
    one = Campaign.bounds
    scale = rx.el.div(
        rx.el.i(style={"left": one.left, "width": one.span}),
        rx.el.b(style={"left": one.mark}),
        class_name="scale opens",
        aria_hidden="true",
    )
    figures = rx.el.dl(
        rx.el.div(rx.el.dt("At least"), rx.el.dd(one.lower)),
        rx.el.div(rx.el.dt("Estimate", about("the estimate", one.how, place="estimate")), rx.el.dd(one.estimate, class_name="lead")),
        rx.el.div(rx.el.dt("At most"), rx.el.dd(one.upper)),
        class_name="bounds number",
    )
    text = "At least: confirmed people. At most: everything that was opened, machines too. Both of what was delivered."
    return rx.el.div(figures, scale, rx.el.p(text, class_name="faint small"), class_name="stack tight")


def _curve() -> rx.Component:
    chart = rx.el.div(
        rx.el.div(curve_legend(CURVES), class_name="legend-line"),
        curve_chart(Campaign.curve, CURVES, "Opened and clicked by the time since sending, in percent of those delivered"),
        rx.el.p(Campaign.medians, class_name="soft small"),
        class_name="stack tight",
    )
    nothing = empty("hourglass", "Nothing opened yet", "Once mail is opened, this shows how soon.")
    return loaded(IS_LOADING, chart_bone(), rx.cond(Campaign.curve.length() > 0, chart, nothing))


def _week() -> rx.Component:
    nothing = empty("calendar-clock", "Nothing opened yet", "Once people open the mail, this shows at which hours they do.")
    return loaded(IS_LOADING, chart_bone(), rx.cond(Campaign.heat.cells.length() > 0, week(Campaign.heat), nothing))


def _told() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.provider),
            rx.el.td(row.opens, rx.el.span(row.merged_opens, " seen by us too", class_name="sub"), class_name="num"),
            rx.el.td(row.clicks, rx.el.span(row.merged_clicks, " seen by us too", class_name="sub"), class_name="num"),
        )

    full = table(["Provider", "#Opens", "#Clicks"], rx.foreach(Campaign.told, line), "What providers told")
    return card(full, title="What providers say of its readers", flush=True)
