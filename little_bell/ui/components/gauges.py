"""Numbers that have a limit, and lists with bars that lead to what they count."""

from typing import Any

import reflex as rx

from little_bell.ui.components.about import about
from little_bell.ui.components.loading import bone, loaded
from little_bell.ui.components.marks import to
from little_bell.ui.gauges import Gauge


def gauge(one: rx.Var[Gauge]) -> rx.Component:
    """A number with its name, where it stands to its limit, and its formula."""
    verdict = rx.el.span(one.verdict, class_name=f"badge {one.tone}")
    return rx.el.div(
        rx.el.span(one.name, rx.cond(one.about != "", about(one.name, one.about, place=one.field), rx.fragment()), class_name="name"),
        rx.el.span(one.value, class_name="value number"),
        rx.cond(one.verdict != "", rx.el.div(verdict), rx.fragment()),
        rx.el.span(one.beside, class_name="beside number"),
        rx.el.span(one.formula, class_name="formula"),
        class_name="card stat",
    )


def gauges_row(gauges: rx.Var[list[Gauge]], is_loading: rx.Var[bool]) -> rx.Component:
    """The gauges, or their bones while they load: of one size, so that nothing jumps."""
    bones = [rx.el.div(bone("45%"), bone("60%", "34px"), bone("80%"), class_name="card stat") for _ in range(5)]
    full = rx.el.section(rx.foreach(gauges, gauge), class_name="stats five", aria_label="Key figures")
    return loaded(is_loading, rx.el.div(*bones, class_name="stats five", role="status", aria_label="Loading"), full, rx.fragment())


def ranking(rows: rx.Var[list[Any]], label: str) -> rx.Component:
    """What is most frequent, with bars; each leads to the list of just these."""

    def line(row: Any) -> rx.Component:
        note = rx.cond(row.note != "", rx.el.span(row.note, class_name="sub"), rx.fragment())
        hard, soft = rx.el.i(style={"width": row.width}), rx.el.i(class_name="pale", style={"width": row.pale})
        bar = rx.el.div(hard, soft, class_name="bar split bounces", aria_hidden="true")
        return rx.el.li(to(row.href, row.name, note, class_name="what"), bar, rx.el.span(row.count, class_name="number"))

    return rx.el.ul(rx.foreach(rows, line), class_name="ranking", aria_label=label)
