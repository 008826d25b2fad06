"""Track a mail by hand: paste it, get it back trackable, and see both side by side; nothing in either runs or loads."""

from typing import Any

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import field, pick, problem
from little_bell.ui.components.frame import frame
from little_bell.ui.components.marks import icon, to
from little_bell.ui.components.parts import card, copy_button, fact, page_head, table
from little_bell.ui.shell import Shell
from little_bell.ui.states.builder import LONGEST, Builder


def page() -> rx.Component:
    crumbs = rx.el.nav(
        to(routes.SETUP, "Set up sending"), rx.el.span("/", aria_hidden="true"), class_name="crumbs", aria_label="Where you are"
    )
    lead = "Paste a mail’s HTML, and get it back with signed links and the pixel. Every other byte stays."
    return frame(
        routes.SETUP,
        page_head("Track a mail by hand", lead=lead, crumbs=crumbs),
        card(_form()),
        rx.cond(Builder.tracked != "", _built(), rx.fragment()),
    )


def _form() -> rx.Component:
    area = rx.el.textarea(
        name="html",
        id="field-html",
        class_name="input mono",
        rows=9,
        required=True,
        max_length=LONGEST,
        spell_check=False,
        placeholder='<p>See <a href="https://example.com/offer">our offer</a>.</p>',
    )
    hint = "Registers one message to this address. Empty: a preview, whose opens and clicks count nowhere."
    recipient = field("Recipient", "recipient", hint, type="email", max_length=320, auto_complete="off", placeholder="ann@example.com")
    hint_of_campaign = "Its links, and its UTM parameters."
    campaign = pick("Campaign", "campaign", Builder.campaigns, hint_of_campaign, value=Builder.campaign, on_change=Builder.choose_campaign)
    return rx.el.form(
        rx.el.div(rx.el.label("The mail’s HTML", html_for="field-html"), area, class_name="field"),
        rx.el.div(
            rx.cond(Builder.campaigns.length() > 0, campaign, rx.fragment()),
            rx.cond(Shell.can_edit & (Builder.campaigns.length() > 0), recipient, rx.fragment()),
            class_name="two even",
        ),
        problem(Builder.refusal),
        rx.el.div(rx.el.button("Make it trackable", type="submit", class_name="button primary")),
        on_submit=Builder.build,
        class_name="stack",
    )


def _built() -> rx.Component:
    story = rx.cond(Builder.message != "", to(Builder.message, "Its message", class_name="button small"), rx.fragment())
    hidden = "Images from elsewhere stay hidden, and links lead nowhere, so that looking is neither an open nor a click."
    return rx.fragment(
        card(
            rx.el.pre(Builder.tracked, class_name="raw", tab_index=0, role="region", aria_label="Tracked HTML"),
            title="The mail to send",
            aside=rx.el.div(story, copy_button(Builder.tracked, "Copy HTML"), class_name="row wrap"),
        ),
        rx.cond(Builder.headers.length() > 0, _headers(), rx.fragment()),
        card(_links(), title="What changed", aside=rx.el.span(Builder.told, class_name="soft small"), flush=True),
        card(
            rx.el.p(icon("shield-check"), hidden, class_name="soft small row"),
            rx.el.div(_preview("As you gave it", Builder.before), _preview("As it is sent", Builder.after), class_name="two even previews"),
            title="Side by side",
        ),
    )


def _preview(label: str, html: rx.Var[str]) -> rx.Component:
    """A frame that may do nothing: no scripts, no forms, no windows, an origin of its own."""
    return rx.el.figure(
        rx.el.figcaption(label, class_name="label"),
        rx.el.iframe(src_doc=html, sandbox="", title=label, referrer_policy="no-referrer", class_name="preview"),
    )


def _headers() -> rx.Component:
    def line(row: Any) -> rx.Component:
        return fact(row.name, rx.el.code(row.value, class_name="mono"))

    return card(rx.el.dl(rx.foreach(Builder.headers, line), class_name="facts"), title="Headers to send it with")


def _links() -> rx.Component:
    def line(row: Any) -> rx.Component:
        tracked = rx.el.span(
            rx.el.span(row.click_url, class_name="mono clamp"), copy_button(row.click_url, "Copy link"), class_name="row wrap between"
        )
        left = rx.el.span("left as it is: ", row.reason, class_name="soft")
        return rx.el.tr(rx.el.td(rx.el.span(row.url, class_name="mono clamp")), rx.el.td(rx.cond(row.click_url != "", tracked, left)))

    return table(["Leads to", "In the mail"], rx.foreach(Builder.links, line), "Links")
