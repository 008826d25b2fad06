"""A list to which something is added in a dialog, that may show a secret this once, and from which it goes after a second yes."""

import reflex as rx


class Made(rx.State, mixin=True):
    """The list's class adds what was filled in, sets `secret` or `refusal`, and in its own `ask_…` says who is `doomed`."""

    is_adding: bool = False
    secret: str = ""
    refusal: str = ""
    doomed_id: int = 0
    doomed: str = ""

    @rx.event
    async def set_adding(self, is_open: bool):
        self.is_adding, self.secret, self.refusal = is_open is True, "", ""

    @rx.event
    async def close_doomed(self, _is_open: bool = False):
        self.doomed_id, self.doomed = 0, ""

    def _shut(self) -> None:
        """Both dialogs are closed."""
        self.is_adding, self.secret, self.refusal, self.doomed_id, self.doomed = False, "", "", 0, ""
