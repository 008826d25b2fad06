"""The frame around every page: navigation, whose tenant it is, who is signed in, light and dark."""

import reflex as rx
from reflex_components_radix.primitives.dialog import dialog as base

from little_bell.ui import routes
from little_bell.ui.components.marks import bell, icon, to
from little_bell.ui.components.palette import palette, palette_button
from little_bell.ui.presence import presence
from little_bell.ui.shell import Shell, TenantChoice

#: Pages that everybody sees; operators see another.
NAVIGATION = (
    (routes.OVERVIEW, "Overview", "chart-no-axes-combined"),
    (routes.CAMPAIGNS, "Campaigns", "mails"),
    (routes.AUDIENCE, "Audience", "users"),
    (routes.BOUNCES, "Bounces", "undo-2"),
    (routes.SUPPRESSIONS, "Suppressions", "shield-ban"),
    (routes.ALERTS, "Alerts", "bell-ring"),
    (routes.SETUP, "Set up sending", "send"),
    (routes.SETTINGS, "Settings", "settings-2"),
)
FOR_OPERATORS = (routes.TENANTS, "Tenants", "building-2")
SIGN_OUT = f"""
<form method="post" action="{routes.SIGN_OUT}"><button type="submit" class="menu-item">Sign out</button></form>
"""


def frame(here: str, *sections: rx.Component) -> rx.Component:
    """A page inside the frame; `here` is its entry in the navigation."""
    full = rx.el.div(
        rx.el.a("Skip to content", href="#content", class_name="skip"),
        topbar(here),
        sidebar(here),
        palette(Shell.say("The address is on the clipboard.")),
        rx.el.main(rx.el.div(*alarms(), *sections, class_name="page"), id="content", tab_index=-1, class_name="main"),
        rx.el.div(rx.cond(Shell.messages > 0, said(), rx.fragment()), role="status", aria_live="polite"),
        presence(),
        class_name="shell",
    )
    return rx.cond(Shell.email != "", full, rx.cond(Shell.is_failing, down(), splash()))


def alarms() -> list[rx.Component]:
    """What is wrong with the installation, as long as it is."""
    full = (
        "Nothing can be recorded just now: the disk is nearly full. Readers notice nothing, "
        "but their opens and clicks are lost. Free some space on the server."
    )
    again = to("", "Try again", reload_document=True, class_name="link")
    failing = rx.fragment("That didn’t work, and it is our fault. Your data is safe. ", again)
    suspended = (
        "This tenant is suspended: its links don’t redirect, its keys open nothing, and nothing can be changed. "
        "Ask whoever runs this installation."
    )
    stalled = (
        "Nothing is counted just now: the journal’s stream isn’t the one that was counted before. What readers do is recorded. "
        "Whoever runs this installation has to look after it; little-bell doctor tells why."
    )
    alarms = ((Shell.is_suspended, suspended), (Shell.is_full, full), (Shell.is_stalled, stalled), (Shell.is_failing, failing))
    return [_alarm(is_so, text) for is_so, text in alarms]


def _alarm(is_so: rx.Var[bool], text: str | rx.Component) -> rx.Component:
    return rx.cond(is_so, rx.el.div(icon("triangle-alert"), rx.el.p(text), class_name="notice bad", role="alert"), rx.fragment())


def said() -> rx.Component:
    """What a handler had to say; it fades by itself."""
    undo = rx.el.button("Undo", type="button", class_name="undo", on_click=Shell.undo)
    tone = rx.cond(Shell.is_bad, "said bad", rx.cond(Shell.can_undo, "said undoable", "said"))
    return rx.el.p(Shell.message, rx.cond(Shell.can_undo, undo, rx.fragment()), class_name=tone, key=Shell.messages.to_string())


def sidebar(here: str) -> rx.Component:
    """Navigation, and at its foot the person."""
    return rx.el.aside(
        rx.el.div(brand(), switcher(), class_name="stack tight"),
        palette_button(),
        rx.el.nav(
            *(_entry(*entry, is_here=entry[0] == here) for entry in NAVIGATION),
            rx.cond(Shell.is_operator, _entry(*FOR_OPERATORS, is_here=FOR_OPERATORS[0] == here), rx.fragment()),
            class_name="nav",
            aria_label="Main",
        ),
        rx.el.div(
            rx.el.button(
                rx.color_mode_cond(icon("moon"), icon("sun")),
                rx.color_mode_cond("Dark mode", "Light mode"),
                type="button",
                class_name="menu-item",
                on_click=rx.toggle_color_mode,
            ),
            rx.html(SIGN_OUT),
            rx.el.div(
                rx.el.div(Shell.email, class_name="cut small"), rx.el.span(Shell.role, class_name="faint small"), class_name="person"
            ),
            class_name="sidebar-foot",
        ),
        class_name="sidebar",
    )


def switcher() -> rx.Component:
    """Whose pages these are; with a list of the others for who belongs to several tenants."""

    def entry(one: rx.Var[TenantChoice]) -> rx.Component:
        # A reload: every part of the page is to be loaded anew, as another tenant's.
        return rx.el.li(
            to(one.href, rx.el.span(one.name, class_name="cut"), reload_document=True, aria_current=rx.cond(one.is_here, "true", "false"))
        )

    several = rx.el.details(
        rx.el.summary(rx.el.span(Shell.tenant, class_name="cut"), icon("chevrons-up-down", 15), aria_label="Switch tenant"),
        rx.el.ul(rx.foreach(Shell.tenants, entry)),
        class_name="switcher",
    )
    return rx.cond(Shell.tenants.length() > 1, several, rx.el.p(Shell.tenant, class_name="tenant cut"))


def topbar(here: str) -> rx.Component:
    """On a phone: the brand, and a button for the navigation."""
    drawer = base.root(
        base.trigger(rx.el.button(icon("menu", 20), class_name="icon-button", aria_label="Open navigation", type="button"), as_child=True),
        base.portal(
            base.overlay(class_name="drawer-veil"),
            base.content(
                base.title(rx.el.span("Navigation", class_name="hidden-text"), as_child=False),
                base.description(rx.el.span("The pages of Little Bell", class_name="hidden-text")),
                sidebar(here),
                class_name="drawer",
            ),
        ),
        open=Shell.is_menu_open,
        on_open_change=Shell.set_menu,
    )
    return rx.el.div(brand(), rx.el.div(palette_button(), drawer, class_name="row"), class_name="topbar")


def brand() -> rx.Component:
    """The bell and the name."""
    return to(routes.OVERVIEW, bell(), "Little Bell", class_name="brand")


def splash() -> rx.Component:
    """Before anything is known."""
    return rx.el.div(bell(), class_name="splash", role="status", aria_label="Loading Little Bell")


def down() -> rx.Component:
    """Instead of everything, when not even who is signed in could be found out."""
    again = to("", "Try again", reload_document=True, class_name="button primary")
    text = "The fault is ours, and nothing is lost: mail goes on being tracked. Try again in a moment."
    return rx.el.main(
        rx.el.div(bell(), rx.el.h1("Little Bell can’t be reached"), rx.el.p(text), again, class_name="empty", role="alert"),
        class_name="lost",
    )


def _entry(path: str, words: str, icon_name: str, is_here: bool) -> rx.Component:
    current = {"aria_current": "page"} if is_here else {}
    return to(path, icon(icon_name), words, **current)
