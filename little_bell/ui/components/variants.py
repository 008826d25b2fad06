"""The card that compares a campaign's variants; nothing where it has none."""

from typing import Any

import reflex as rx

from little_bell.ui.components.forms import switch
from little_bell.ui.components.parts import card
from little_bell.ui.filters import BY as WHOSE
from little_bell.ui.states.variants import BY, Variants


def variants_card() -> rx.Component:
    """A line a variant with the interval of its rate, then what to think of it."""

    def line(row: Any) -> rx.Component:
        interval = rx.el.i(style={"left": row.left, "width": row.width})
        scale = rx.el.div(interval, rx.el.b(style={"left": row.at}), class_name="scale clicks", role="img", aria_label=row.between)
        return rx.el.li(
            rx.el.div(rx.el.strong(row.name), rx.el.span(row.beside, class_name="sub")),
            scale,
            rx.el.span(row.rate, class_name="number", title=row.between),
        )

    chosen = rx.el.div(
        switch("Judged by", Variants.by, Variants.choose, BY),
        switch("Who is counted", Variants.include, Variants.choose_include, WHOSE),
        class_name="row wrap",
    )
    full = rx.el.div(
        rx.el.p(rx.el.strong(Variants.verdict)),
        rx.el.ul(rx.foreach(Variants.lines, line), class_name="ranges", aria_label="Variants"),
        rx.el.ul(rx.foreach(Variants.chances, rx.el.li), class_name="plain-list small"),
        rx.cond(Variants.note != "", rx.el.p(Variants.note, class_name="soft small"), rx.fragment()),
        rx.el.p("The bar is where the true rate lies with 95 % certainty, the mark what was counted.", class_name="faint small"),
        class_name="stack",
    )
    return rx.cond(Variants.lines.length() > 0, card(full, title="Variants", aside=chosen), rx.fragment())
