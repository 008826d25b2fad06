"""Campaigns side by side."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.campaign_list import CURVE_OF
from little_bell.ui.components.chart import key
from little_bell.ui.components.curve import curve_chart
from little_bell.ui.components.forms import switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones, empty, loaded
from little_bell.ui.components.marks import to
from little_bell.ui.components.parts import card, page_head
from little_bell.ui.components.period import by_switch
from little_bell.ui.components.pinned import pin_notice
from little_bell.ui.states.compare import LETTERS, Compare
from little_bell.ui.theme import CURVES


def page() -> rx.Component:
    crumbs = rx.el.nav(
        to(routes.CAMPAIGNS, "Campaigns"), rx.el.span("/", aria_hidden="true"), class_name="crumbs", aria_label="Where you are"
    )
    lead = "Bars show where each rate lies with 95 % certainty. Where two don’t overlap, the difference is no accident."
    back = to(routes.CAMPAIGNS, "Pick campaigns", class_name="button primary")
    too_few = card(empty("columns-3", "Nothing to compare", "Pick two to five campaigns in the list.", back))
    full = rx.el.div(
        card(_rates(), title="Rates"),
        card(
            _curve(),
            title="Since each was sent",
            aside=switch("Of what", Compare.asked.curve, lambda key: Compare.choose("curve", key), CURVE_OF),
        ),
        class_name="stack",
    )
    return frame(
        routes.CAMPAIGNS,
        page_head("Compare campaigns", by_switch(Compare), lead=lead, crumbs=crumbs),
        pin_notice(Compare),
        loaded(Compare.is_loading, card(bones(8)), rx.cond(Compare.is_enough, full, too_few)),
    )


def _rates() -> rx.Component:
    def head(one: Any) -> rx.Component:
        return rx.el.th(
            rx.el.span(key(one.colour, one.dashes), one.letter, ": ", to(one.href, one.name, class_name="title"), class_name="contender"),
            rx.el.span(one.created, " · ", one.sent, " sent, ", one.delivered, " delivered", class_name="sub"),
            scope="col",
        )

    def row(rate_row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(rate_row.name, rx.el.span(rate_row.formula, class_name="sub"), scope="row"), rx.foreach(rate_row.rates, _rate)
        )

    empty_corner = rx.el.th(rx.el.span("Rate", class_name="hidden-text"), scope="col")
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(empty_corner, rx.foreach(Compare.contenders, head))),
            rx.el.tbody(rx.foreach(Compare.rows, row)),
            class_name="table compared",
            aria_label="Rates side by side",
        ),
        class_name="sideways",
    )


def _rate(one: Any) -> rx.Component:
    scale = rx.el.div(
        rx.el.i(style={"left": one.left, "width": one.span, "background": one.colour}), class_name="scale slim", aria_hidden="true"
    )
    beside = rx.cond(one.beside != "", rx.el.span(one.beside, class_name="sub"), rx.fragment())
    return rx.el.td(rx.el.strong(one.value), rx.el.span(" ", one.interval, class_name="soft small"), scale, beside, class_name="number")


def _curve() -> rx.Component:
    keys = rx.foreach(Compare.contenders, lambda one: rx.el.span(key(one.colour, one.dashes), one.letter, ": ", one.name))
    chart = rx.el.div(
        rx.el.div(keys, class_name="legend legend-line"),
        curve_chart(
            Compare.points,
            {letter: CURVES[letter][0] for letter in LETTERS},
            "Percent of those delivered, by the time since sending, of each campaign",
            Compare.contenders.length(),
        ),
    )
    nothing = empty("hourglass", "Nothing yet", "Once mail of these campaigns is opened, their curves stand here.")
    return rx.cond(Compare.points.length() > 0, chart, nothing)
