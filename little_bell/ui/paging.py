"""Going forward and back through pages of a list, by keyset: the way back is the trail of cursors that led here."""

from typing import Any, Literal

import reflex as rx

from little_bell.ui.checked import one_of
from little_bell.ui.components.marks import icon

Turn = Literal["next", "back"]


class Paged(rx.State, mixin=True):
    """A list that is read page by page."""

    page: int = 1
    has_next: bool = False
    _trail: list[str] = []
    _next: str = ""

    def _cursor(self) -> str | None:
        """The cursor of the page that is shown; None for the first."""
        return self._trail[-1] if self._trail else None

    def _start_over(self) -> None:
        self._trail, self._next, self.page, self.has_next = [], "", 1, False

    def _turn(self, where: Any) -> None:
        if one_of(where, "page", ("next", "back")) == "next" and self._next:
            self._trail = [*self._trail, self._next]
        elif where == "back":
            self._trail = self._trail[:-1]

    def _arrive(self, next_cursor: str | None) -> None:
        self._next, self.has_next, self.page = next_cursor or "", next_cursor is not None, len(self._trail) + 1


def pager(state: Any) -> rx.Component:
    """Back and next, where there is more than one page."""
    return rx.cond(
        state.has_next | (state.page > 1),
        rx.el.nav(
            rx.el.button(
                icon("chevron-left", 16),
                "Back",
                class_name="button small",
                type="button",
                disabled=state.page == 1,
                on_click=state.turn("back"),
            ),
            rx.el.span("Page ", state.page, class_name="number"),
            rx.el.button(
                "Next",
                icon("chevron-right", 16),
                class_name="button small",
                type="button",
                disabled=~state.has_next,
                on_click=state.turn("next"),
            ),
            class_name="pager",
            aria_label="Pages",
        ),
        rx.fragment(),
    )
