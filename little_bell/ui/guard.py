"""Nothing happens without a sign-in: every event of every socket passes here first, whatever handler it names."""

import logging

import reflex as rx
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event, EventSpec
from reflex_base.registry import RegistrationContext

from little_bell.domain.errors import BellError, Unauthorized
from little_bell.journal.base import JournalFull
from little_bell.ui import routes
from little_bell.ui.session import visitor
from little_bell.ui.shell import Shell

log = logging.getLogger(__name__)
FRAMEWORK = ("reflex.", "reflex_base.")


def public(handler):
    """Marks a handler that signed-out visitors may call. It stands under @rx.event."""
    handler.is_public = True
    return handler


class Guard(rx.Middleware):
    """Stands before Reflex's own middleware, so that a socket without a sign-in isn't even shown an earlier one's state."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        registered = RegistrationContext.get().event_handlers.get(event.name)
        if registered is None or is_shut_to_all(registered.handler.fn):
            return StateUpdate()  # the event is dropped
        root = state._get_root_state()
        who = await visitor(root)
        shell = await root.get_state(Shell)
        if shell._belongs_to_another(who):
            root.reset()
        shell._is_now_of(who)
        if who is not None or is_open_to_all(registered.handler.fn):
            return None
        return StateUpdate(events=Event.from_event_type(rx.redirect(routes.LOGIN)))


def is_open_to_all(handler) -> bool:
    """Whether a handler needs no sign-in: Reflex's own bookkeeping, and what is marked public."""
    return handler.__module__.startswith(FRAMEWORK) or getattr(handler, "is_public", False)


def is_shut_to_all(handler) -> bool:
    """Whether nobody may call it: Reflex gives each state a handler that sets any of its variables that has a setter."""
    return handler.__module__.startswith(FRAMEWORK) and handler.__name__ == "setvar"


def tell(exception: Exception) -> EventSpec:
    """What a person sees of an error in a handler: our own errors in words, anything else as ours to mend."""
    if isinstance(exception, Unauthorized):
        return rx.redirect(routes.LOGIN)
    if isinstance(exception, BellError):
        return Shell.complain(sentence(exception.message))
    if isinstance(exception, JournalFull):
        return Shell.complain("Nothing can be stored just now: the disk is full. Ask whoever runs this installation.")
    log.error("a page's handler failed", exc_info=exception)
    return Shell.fail()


def sentence(message: str) -> str:
    """An error's message as a sentence."""
    return f"{message[:1].upper()}{message[1:]}".rstrip(".") + "."
