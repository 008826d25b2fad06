"""A page whose filters and period live in its address: going back undoes them, and whoever gets the address sees the same."""

from typing import Any

import reflex as rx

from little_bell.ui import checked
from little_bell.ui.filters import Filters
from little_bell.ui.period import DATES, PeriodLine, chosen


class Addressed(rx.State, mixin=True):
    """The page's class says `asked: ItsFilters = ItsFilters()`, and calls `_read_address()` first in its `load`.

    Its parts say `choose("name", value)` and `find(text)`; they read `asked.name`. The address changes, and what it names is loaded.
    """

    asked: Filters = Filters()
    is_narrowed: bool = False

    @rx.event
    async def choose(self, name: str, value: str):
        """Change one filter: a step that the browser's Back undoes."""
        return self._go(**{checked.text(name, "filter", 40): value})

    @rx.event
    async def find(self, sought: str):
        """Change the filter `q`; letters that are typed one after the other are no steps."""
        return self._go(is_step=False, q=sought)

    @rx.event
    async def unfilter(self):
        """Leave nothing out."""
        usual = self.asked.__class__()
        return self._go(**{name: getattr(usual, name) for name in self.asked.said if name not in self.asked.WHOLE})

    def _read_address(self) -> bool:
        """Take over what the address asks for; whether that is something else than before."""
        asked = self.asked.__class__.found_in(self.router.url.query_parameters)
        is_new = asked != self.asked
        if is_new:
            self.asked = asked
            self._start_over()
        self.is_narrowed = asked.is_narrowed
        return is_new

    def _go(self, is_step: bool = True, **changes: Any):
        """To the address with these filters. They are noted at once: the next may be chosen before the page has arrived there."""
        self.asked = self.asked.with_(**changes)
        self.is_narrowed = self.asked.is_narrowed
        self._start_over()
        here = self.router.url
        return rx.redirect(self.asked.href(here.path, here.query_parameters), replace=not is_step)

    def _start_over(self) -> None:
        """Other filters, other rows: a list begins at its first page (Paged)."""


class Dated(Addressed, mixin=True):
    """The same with `period` among its filters; whoever loads the page sets what the picker shows of it."""

    period: PeriodLine = PeriodLine()

    @rx.event
    async def choose_period(self, said: str):
        if said == DATES:
            said = chosen(self.period.first, self.period.last)
        return self._go(period=said)

    @rx.event
    async def choose_dates(self, form: dict[str, Any]):
        days = checked.form(form, "first", "last")
        return self._go(period=chosen(days["first"], days["last"]))
