"""What is wrong just now, where it is seen first."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.marks import icon, to
from little_bell.ui.states.alerts import OpenAlerts


def open_alerts() -> rx.Component:
    """The newest open alerts, each with the way to what it is about; nothing where nothing is wrong."""

    def notice(row: Any) -> rx.Component:
        name = rx.el.strong(row.title, rx.cond(row.about != "", rx.fragment(" · ", about(row)), rx.fragment()), ":")
        return rx.el.li(
            icon("triangle-alert"), rx.el.p(name, " ", row.text), rx.el.span(row.ago, class_name="sub push"), class_name="notice bad"
        )

    more = rx.cond(OpenAlerts.has_more, to(routes.ALERTS, "All open alerts", class_name="link small"), rx.fragment())
    some = rx.el.section(
        rx.el.ul(rx.foreach(OpenAlerts.lines, notice), class_name="stack tight"), more, aria_label="Alerts", class_name="stack tight"
    )
    return rx.cond(OpenAlerts.lines.length() > 0, some, rx.fragment())


def about(row: Any) -> rx.Component:
    """What an alert is about, as a link where there is something to look at."""
    return rx.cond(row.href != "", to(row.href, row.about, class_name="link"), row.about)
