"""The tenant at a glance: what was sent in a period, what came of it, which campaigns did best and worst, what happens now."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.alerts import open_alerts
from little_bell.ui.components.campaign_trend import trend_card
from little_bell.ui.components.chart import events_chart, legend
from little_bell.ui.components.filters import filter_choice
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import chart_bone, empty, filled, loaded
from little_bell.ui.components.marks import event_badge, icon, to, verdict_badge
from little_bell.ui.components.parts import card, figures_row, page_head, table
from little_bell.ui.components.period import by_switch, period_picker, period_words
from little_bell.ui.components.pinned import pin_notice
from little_bell.ui.shell import Shell
from little_bell.ui.states.overview import SORTS, Overview


def page() -> rx.Component:
    return frame(
        routes.OVERVIEW,
        page_head("Overview", by_switch(Overview), period_picker(Overview), lead=period_words(Overview)),
        pin_notice(Overview),
        open_alerts(),
        rx.cond(
            Overview.is_loading | Overview.has_campaigns,
            rx.el.div(figures_row(Overview.figures, Overview.is_loading), _over_time(), _below(), class_name="stack"),
            _first_steps(),
        ),
    )


def _over_time() -> rx.Component:
    chart = loaded(Overview.is_loading, chart_bone(), events_chart(Overview.points, "Opens, clicks and bounces over time"))
    return card(chart, title="Opens, clicks and bounces", aside=legend())


def _below() -> rx.Component:
    quiet = empty("bell", "Quiet so far", "Opens, clicks and bounces appear here the moment they happen.")
    return rx.el.div(
        rx.el.div(_campaigns(), trend_card(), class_name="stack"),
        card(filled(Overview.is_loading, Overview.activity.length() > 0, _feed(), quiet), title="Happening now", flush=True),
        class_name="two",
    )


def _campaigns() -> rx.Component:
    none = empty("mails", "Nothing to compare", "Campaigns stand here once 20 messages of theirs were delivered in this period.")
    full = rx.el.div(
        _ranked("Best", Overview.best),
        rx.cond(Overview.worst.length() > 0, _ranked("Worst", Overview.worst), rx.fragment()),
        rx.el.p(Overview.ranked, " · ", to(routes.CAMPAIGNS, "All campaigns", class_name="link"), class_name="foot"),
    )
    return card(
        filled(Overview.is_loading, Overview.best.length() > 0, full, none),
        title="Best and worst campaigns",
        aside=filter_choice(Overview, "sort", "Order of the campaigns", SORTS),
        flush=True,
    )


def _ranked(name: str, rows: Any) -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(to(row.href, row.name, class_name="title")),
            rx.el.td(row.sent, class_name="num wide-only"),
            rx.el.td(row.opened, class_name="num"),
            rx.el.td(row.clicked, class_name="num"),
            rx.el.td(row.bounced, class_name="num wide-only"),
        )

    return table([name, "#~Sent", "#Open rate", "#Click rate", "#~Bounce rate"], rx.foreach(rows, line), f"{name} campaigns")


def _feed() -> rx.Component:
    def line(row: Any) -> rx.Component:
        who = rx.el.div(to(row.href, row.recipient, class_name="cut block"), rx.el.span(row.what, class_name="sub cut"))
        verdict = rx.el.span(verdict_badge(row.verdict), title=row.why)
        how = rx.el.span(verdict, rx.el.time(row.ago, class_name="sub", title=row.when), class_name="aside")
        return rx.el.li(event_badge(row.type), who, how)

    return rx.el.ul(rx.foreach(Overview.activity, line), class_name="feed", aria_label="Happening now")


def _first_steps() -> rx.Component:
    start = rx.cond(Shell.can_edit, to(routes.SETUP, icon("send"), "Set up sending", class_name="button primary"), rx.fragment())
    return card(
        empty(
            "mails",
            "Nothing is being tracked yet",
            "Four steps make your mail trackable: a key, the code for how you send, a self-test, and the first event.",
            start,
        )
    )
