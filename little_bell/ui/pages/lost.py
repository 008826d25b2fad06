"""Where nothing is: an unknown address, a thing that is gone, a page that broke."""

from typing import Any

import reflex as rx
from reflex_components_core.base.error_boundary import error_boundary
from reflex_components_core.core.banner import has_too_many_connection_errors

from little_bell.ui import routes
from little_bell.ui.components.loading import empty
from little_bell.ui.components.marks import bell, to
from little_bell.ui.components.parts import card


def page() -> rx.Component:
    """The page of an unknown address."""
    return rx.el.main(
        rx.el.div(
            bell(),
            rx.el.h1("There is no such page"),
            rx.el.p("The address may be mistyped, or what was here is gone."),
            to(routes.OVERVIEW, "Go to the overview", class_name="button primary"),
            class_name="empty",
        ),
        class_name="lost",
    )


def gone(what: str, back: str, words: str) -> rx.Component:
    """Instead of a thing that isn't there, or is another tenant's."""
    return card(
        empty(
            "search-x",
            f"There is no such {what}",
            "It may have been deleted, or the address is mistyped.",
            to(back, words, class_name="button"),
            is_whole_page=True,
        )
    )


def boundary(_stateful: bool) -> rx.Component:
    """Around all pages: what is seen when one of them breaks in the browser."""
    broken: Any = rx.el.div(
        bell(),
        rx.el.h1("This page broke"),
        rx.el.p("That is our fault. Your data is safe; reload the page to go on."),
        to("", "Reload", reload_document=True, class_name="button primary"),
        class_name="empty",
    )
    return error_boundary(fallback_render=broken)


def offline(_stateful: bool) -> rx.Component:
    """Over all pages: that the server doesn't answer, as long as it doesn't."""
    text = "No connection to Little Bell. What you see may be old; it goes on by itself once the server is back."
    return rx.fragment(rx.cond(has_too_many_connection_errors, rx.el.p(text, class_name="said bad lasting", role="alert"), rx.fragment()))
