"""Who a campaign's readers are: their mailboxes, programs, devices and countries; and which links they follow."""

from typing import Any

import reflex as rx

from little_bell.ui.components.loading import empty, filled
from little_bell.ui.components.marks import to
from little_bell.ui.components.parts import card, table, with_machines
from little_bell.ui.states.campaign import Campaign

IS_LOADING = Campaign.is_loading | (Campaign.shown_tab != Campaign.asked.tab)


def audience() -> rx.Component:
    """By what is known of them."""
    return rx.el.div(
        card(_mailboxes(), title="Mailbox providers", flush=True),
        rx.el.div(
            _bars("Mail programs and browsers", "Program", Campaign.clients, "With what its mail is read shows here once it is opened."),
            _bars("Systems", "System", Campaign.systems, "Which systems its readers have shows here; proxies hide theirs."),
            _bars("Devices", "Device", Campaign.devices, "Which devices its readers have shows here; proxies hide theirs."),
            _bars("Countries", "Country", Campaign.countries, "Countries are known where the installation has a country file."),
            class_name="two even",
        ),
        class_name="stack",
    )


def _mailboxes() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.mailbox, class_name="title"),
            rx.el.td(row.delivered, class_name="num wide-only"),
            rx.el.td(row.opened, with_machines(row.opened_by_all), class_name="num"),
            rx.el.td(row.clicked, with_machines(row.clicked_by_all), class_name="num"),
            rx.el.td(row.bounced, class_name="num wide-only"),
        )

    headings = ["Provider", "#~Delivered", "#Open rate?human_open_rate", "#Click rate?human_click_rate", "#~Bounce rate?bounce_rate"]
    full = table(headings, rx.foreach(Campaign.mailboxes, line), "Mailbox providers")
    nothing = empty("inbox", "Not known yet", "Where its readers have their mailboxes shows here once mail is delivered.")
    return filled(IS_LOADING, Campaign.mailboxes.length() > 0, full, nothing)


def _bars(title: str, heading: str, rows: Any, without: str) -> rx.Component:
    def line(row: Any) -> rx.Component:
        people, machines = rx.el.i(style={"width": row.width}), rx.el.i(class_name="pale", style={"width": row.pale})
        bar = rx.el.div(people, machines, class_name="bar split", aria_hidden="true")
        return rx.el.tr(
            rx.el.td(row.name),
            rx.el.td(bar, class_name="wide-only"),
            rx.el.td(row.people, with_machines(row.all), class_name="num"),
            rx.el.td(row.share, class_name="num"),
        )

    full = table([heading, "~!Share of all opens", "#Opens by people", "#Share"], rx.foreach(rows, line), title)
    return card(filled(IS_LOADING, rows.length() > 0, full, empty("circle-help", "Not known yet", without)), title=title, flush=True)


def links() -> rx.Component:
    """The links, each leading to the messages in which it was followed."""

    def line(row: Any) -> rx.Component:
        bar = rx.el.div(rx.el.i(style={"width": row.width}), class_name="bar clicks", aria_hidden="true")
        place = rx.cond(row.place != "", rx.el.span(row.place, class_name="sub"), rx.fragment())
        return rx.el.tr(
            rx.el.td(to(row.href, row.url, class_name="mono title", title="Who followed it"), place),
            rx.el.td(bar, class_name="wide-only"),
            rx.el.td(row.share, class_name="num"),
            rx.el.td(row.people, class_name="num"),
            rx.el.td(row.unique, class_name="num wide-only"),
            rx.el.td(row.clicks, class_name="num wide-only"),
        )

    nothing = empty("link", "No links yet", "A link appears here when its tracked address is made, on a message’s page or through the API.")
    headings = ["Link", "~!Share of all clicks", "#Share", "#People", "#~Messages", "#~All clicks"]
    full = table(headings, rx.foreach(Campaign.links, line), "Links")
    return card(filled(IS_LOADING, Campaign.links.length() > 0, full, nothing), title="Links", flush=True)
