"""A campaign's messages: which of them, in what order, and as a file."""

from functools import reduce
from operator import or_
from typing import Any

import reflex as rx

from little_bell.ui.components.file_making import file_dialog
from little_bell.ui.components.filters import filter_choice, filter_search, filter_text, unfilter
from little_bell.ui.components.forms import switch
from little_bell.ui.components.loading import empty, filled, nothing_found
from little_bell.ui.components.marks import address, icon, status_badge, to
from little_bell.ui.components.parts import card, table
from little_bell.ui.message_filters import CLICKED, OPENED, RECIPIENTS, SORTS, STATUSES
from little_bell.ui.paging import pager
from little_bell.ui.states.exporting import Exporting
from little_bell.ui.states.messages import CampaignMessages

HEADINGS = ["Recipient", "~Status", "#~Sent", "#^First opened", "#^First clicked", "#Opens (all)", "#~Clicks (all)"]


def messages() -> rx.Component:
    """The list with its tools."""
    none_yet = empty("mail-plus", "No messages yet", "Register one for each recipient; “Set up” has the call to copy.")
    text = "Take a filter away, or use fewer letters of the address."
    found_none = nothing_found(CampaignMessages.is_narrowed, text, CampaignMessages.unfilter, none_yet)
    so_far = empty("search", "None so far", "Many messages were looked through; go on with Next.")
    nothing = rx.cond(CampaignMessages.has_next, so_far, found_none)
    return rx.fragment(
        card(
            _tools(),
            filled(CampaignMessages.is_loading, CampaignMessages.rows.length() > 0, _table(), nothing, 10),
            pager(CampaignMessages),
            flush=True,
        ),
        file_dialog(Exporting, "Export messages"),
    )


def _tools() -> rx.Component:
    export = rx.el.button(
        icon("download", 16), "Export …", type="button", class_name="button small push", on_click=Exporting.set_open(True)
    )
    return rx.el.div(
        filter_search(CampaignMessages, "Search recipients"),
        filter_choice(CampaignMessages, "status", "Status", STATUSES),
        filter_choice(CampaignMessages, "opened", "Opened", OPENED),
        filter_choice(CampaignMessages, "clicked", "Clicked", CLICKED),
        rx.cond(CampaignMessages.links.length() > 0, _link_choice(), rx.fragment()),
        filter_text(CampaignMessages, "domain", "Mailbox domain"),
        filter_choice(CampaignMessages, "sort", "Order", SORTS),
        _recipient_choices(),
        rx.cond(CampaignMessages.is_narrowed, unfilter(CampaignMessages), rx.fragment()),
        export,
        class_name="tools",
    )


#: What is asked for of the recipients, and what each is called.
_CHOICES = {
    "unopened": "Recipient’s unopened campaigns",
    "opened": "Recipient opened",
    "clicked": "Recipient clicked",
    "sent": "Recipient mailed",
    "suppressed": "Recipient suppressed",
}


def _recipient_choices() -> rx.Component:
    """Who they went to, as the page of recipients tells segments."""
    asked = CampaignMessages.asked
    is_chosen = reduce(or_, (getattr(asked, f"recipient_{name}") != "" for name in _CHOICES))
    choices = [filter_choice(CampaignMessages, f"recipient_{name}", label, RECIPIENTS[name]) for name, label in _CHOICES.items()]
    whose = switch("Whose opens and clicks", asked.recipient_by, lambda by: CampaignMessages.choose("recipient_by", by), RECIPIENTS["by"])
    about = rx.el.p("What the recipient did with all your mail, not with this message.", class_name="soft whole")
    mark = rx.cond(is_chosen, rx.el.span("filtered", class_name="badge"), rx.fragment())
    return rx.el.details(
        rx.el.summary("By recipient ", mark, class_name="button small"),
        rx.el.div(about, *choices, whose, class_name="row wrap"),
        class_name="tools-more",
    )


def _link_choice() -> rx.Component:
    return rx.el.select(
        rx.el.option("Any link, or none", value=""),
        rx.foreach(CampaignMessages.links, lambda link: rx.el.option(link.url, value=link.id)),
        value=CampaignMessages.asked.link,
        on_change=lambda value: CampaignMessages.choose("link", value),
        aria_label="Link",
        class_name="input",
    )


def _table() -> rx.Component:
    def line(row: Any) -> rx.Component:
        note = rx.cond(row.note != "", rx.el.span(row.note, class_name="sub clamp"), rx.fragment())
        status = rx.el.div(status_badge(row.status), class_name="narrow-line")
        return rx.el.tr(
            rx.el.td(to(row.href, address(row.recipient), class_name="title"), status, note),
            rx.el.td(status_badge(row.status), class_name="wide-only"),
            rx.el.td(row.sent, class_name="num when wide-only"),
            rx.el.td(row.opened, class_name="num when roomy-only"),
            rx.el.td(row.clicked, class_name="num when roomy-only"),
            rx.el.td(row.opens, class_name="num"),
            rx.el.td(row.clicks, class_name="num wide-only"),
        )

    return table(HEADINGS, rx.foreach(CampaignMessages.rows, line), "Messages")
