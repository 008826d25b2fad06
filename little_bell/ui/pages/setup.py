"""Set up sending: a key, a way to send, the code for it, and a test that ends with the first event."""

import reflex as rx

from little_bell.ui import routes
from little_bell.ui.components.forms import field, pick, problem, switch
from little_bell.ui.components.frame import frame
from little_bell.ui.components.loading import bones
from little_bell.ui.components.marks import badge, icon, to
from little_bell.ui.components.parts import card, copy_button, page_head, snippet
from little_bell.ui.pages.selftest import first_event, self_test
from little_bell.ui.sending import WAYS
from little_bell.ui.shell import Shell
from little_bell.ui.states.setup import Setup

OWN = {name: way.title for name, way in WAYS.items() if not way.provider}
PROVIDERS = {name: way.title for name, way in WAYS.items() if way.provider}


def page() -> rx.Component:
    builder = to(routes.BUILDER, icon("blocks"), "Track a mail by hand", class_name="button")
    return frame(
        routes.SETUP,
        page_head("Set up sending", builder, lead="Little Bell doesn’t send: your code does, and hands each mail in first. Four steps."),
        card(rx.cond(Setup.is_loading, bones(2), _key()), title="1 · A key for your code"),
        card(rx.cond(Setup.is_loading, bones(8), _way()), title="2 · How you send"),
        rx.cond(Setup.hook_url != "", _webhook(), rx.fragment()),
        self_test("3 · Can readers reach you?"),
        first_event("4 · The first event"),
    )


def _key() -> rx.Component:
    make = rx.el.button(icon("key-round", 16), "Create a key", type="button", class_name="button", on_click=Setup.make_key)
    shown = rx.el.div(
        rx.el.p("This is the only time it is shown. Put it where your code finds it, as LITTLE_BELL_KEY.", class_name="soft"),
        snippet(Setup.secret, "Copy key"),
        class_name="stack tight",
    )
    known = rx.el.p("Your newest key is ", rx.el.strong(Setup.key_name), ", ", rx.el.code(Setup.key, "…", class_name="mono"), ".")
    none = rx.el.p("There is none yet. It may register messages and report what happened; it can’t change settings.", class_name="soft")
    theirs = rx.el.div(rx.cond(Setup.key_name != "", known, none), make, class_name="row wrap between")
    locked = rx.el.p("Keys are the owners’ business: ask an owner of this tenant for one.", class_name="soft")
    return rx.cond(Setup.secret != "", shown, rx.cond(Shell.is_owner, theirs, locked))


def _way() -> rx.Component:
    campaign = pick("Campaign that the mail belongs to", "campaign", Setup.campaigns, value=Setup.campaign, on_change=Setup.choose_campaign)
    return rx.el.div(
        _ways("Your own code", OWN),
        _ways("A provider", PROVIDERS),
        rx.cond(Setup.campaigns.length() > 0, campaign, _first_campaign()),
        rx.el.div(rx.el.p(Setup.hint, class_name="soft"), copy_button(Setup.code, "Copy code"), class_name="row wrap between"),
        rx.el.pre(Setup.code, class_name="raw", tab_index=0, role="region", aria_label=f"Code for {Setup.title}"),
        rx.el.details(
            rx.el.summary("Without code: the pixel and links in your template"),
            rx.el.p("At the end of the HTML body; {{token}} is the message’s own, as its registration answers it."),
            snippet(Setup.pixel, "Copy pixel"),
            rx.el.p(
                "Links have to be signed one by one, so that nobody can misuse yours: by POST /api/messages/ID/links, or on the page “",
                to(routes.BUILDER, "Track a mail by hand", class_name="link"),
                "”.",
            ),
            class_name="aside-note",
        ),
        class_name="stack",
    )


def _ways(label: str, ways: dict[str, str]) -> rx.Component:
    return rx.el.div(rx.el.span(label, class_name="label"), switch(label, Setup.way, Setup.choose_way, ways), class_name="field")


def _first_campaign() -> rx.Component:
    form = rx.el.form(
        field("Name your first campaign", "campaign_name", "A newsletter’s issue, or all mail of one kind.", required=True, max_length=200),
        problem(Setup.refusal),
        rx.el.div(rx.el.button("Create campaign", type="submit", class_name="button")),
        on_submit=Setup.make_campaign,
        class_name="stack tight",
    )
    return rx.cond(Shell.can_edit, form, rx.el.p("There is no campaign yet: ask an editor of this tenant to make one.", class_name="soft"))


def _webhook() -> rx.Component:
    tones = {"ready": "good", "not set up": "warn"}
    state = badge(rx.cond(Setup.is_hooked, "ready", "not set up"), tones)
    return card(
        rx.el.div(
            rx.el.p("Give it this address: deliveries, bounces and complaints come in there.", class_name="soft"),
            snippet(Setup.hook_url, "Copy URL"),
            rx.el.div(state, rx.el.span(Setup.hook_state, class_name="soft small"), class_name="row wrap"),
            rx.el.div(to(routes.WEBHOOKS, icon("webhook", 16), "Set its secret", class_name="button small")),
            class_name="stack tight",
        ),
        title=f"What {Setup.title} reports",
    )
