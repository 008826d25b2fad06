"""The bell, icons, badges: the small signs."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

STATUS_TONES = {"queued": "", "sent": "", "delivered": "good", "opened": "accent", "clicked": "warn", "bounced": "bad", "rejected": "bad"}
EVENT_TONES = {"opened": "accent", "clicked": "warn", "delivered": "good", "bounced": "bad", "complained": "bad", "rejected": "bad"}
VERDICT_TONES = {"human": "good", "proxy-human": "good", "manual": "accent", "machine": "", "unsigned": "warn"}
KIND_TONES = {"hard": "bad", "soft": "warn"}
WHY_TONES = {"complaint": "bad", "unsubscribe": "warn", "hard bounce": "bad", "manual": "accent", "soft bounces": "warn"}
TYPE_TONES = {"permanent": "bad", "temporary": "warn"}


def bell(**props: Any) -> rx.Component:
    """Our bell, in the colour of the text around it."""
    return rx.el.svg(
        rx.el.svg.path(d="M16 3v2.6", stroke="currentColor", stroke_width="2.4", stroke_linecap="round"),
        rx.el.svg.path(
            d="M16 5.4c-5 0-7.7 3.6-7.9 8.4-.2 4.6-1.1 6.4-2.7 8-.7.7-.2 1.8.8 1.8"
            "h19.6c1 0 1.5-1.1.8-1.8-1.6-1.6-2.5-3.4-2.7-8-.2-4.8-2.9-8.4-7.9-8.4Z",
            fill="currentColor",
        ),
        rx.el.svg.circle(cx="16", cy="27.2", r="2.5", fill="currentColor"),
        view_box="0 0 32 32",
        fill="none",
        custom_attrs={"aria-hidden": "true"},
        **{"class_name": "mark", **props},
    )


def address(parts: rx.Var[list[str]]) -> rx.Component:
    """An e-mail address that a narrow screen breaks where its parts meet (words.parts_of)."""
    return rx.fragment(rx.foreach(parts, lambda part: rx.fragment(rx.el.wbr(), part)))


def icon(name: str, size: int = 17) -> rx.Component:
    """A line icon that only decorates: what it means stands beside it or in its button's label."""
    return rx.icon(name, size=size, stroke_width=1.9, custom_attrs={"aria-hidden": "true"})


def badge(text: rx.Var[str] | str, tones: dict[str, str]) -> rx.Component:
    """A word of the vocabulary in its colour."""
    pairs = [(word, f"badge {tone}") for word, tone in tones.items() if tone]
    return rx.el.span(text, class_name=rx.match(text, *pairs, "badge"))


def status_badge(status: rx.Var[str]) -> rx.Component:
    """A message's status."""
    return badge(status, STATUS_TONES)


def event_badge(event_type: rx.Var[str]) -> rx.Component:
    """An event's type."""
    return badge(event_type, EVENT_TONES)


def verdict_badge(verdict: rx.Var[str]) -> rx.Component:
    """Who caused an event; nothing for one that isn't judged."""
    return rx.cond(verdict != "", badge(verdict, VERDICT_TONES), rx.fragment())


def to(path: Any, *children: Any, **props: Any) -> rx.Component:
    """A link to one of our pages, followed without a reload."""
    return ReactRouterLink.create(*children, to=path, **props)
