"""When the rows of recipients are computed: some at a time, a second after what changed them, and never in the way of folding."""

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, exists, select

from little_bell.db import writing
from little_bell.models import now, to_micros
from little_bell.models.tables import recipient_fill, recipient_notes, recipients
from little_bell.projector.recipients import fill_some, settle_expired, settle_noted

#: What changes within so long is computed once.
GATHER_SECONDS = 1.0
#: While events wait to be folded, computing takes one part of so many of the time.
SHARE = 10

_STEPS: tuple[Callable[[Connection], int], ...] = (settle_noted, settle_expired, fill_some)


class RecipientsTurn:
    """One step at a time, each a transaction of its own; whoever folds at the same moment isn't kept from it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._next_at = 0.0

    def step(self, *, is_folding: bool) -> bool:
        """Compute some, if it is time to; whether there may be more."""
        begun = time.monotonic()
        if begun < self._next_at:
            return False
        is_busy = settle_some(self._engine)
        took = time.monotonic() - begun
        self._next_at = time.monotonic() + ((took * SHARE if is_folding else 0) if is_busy else GATHER_SECONDS)
        return is_busy


def settle_some(engine: Engine) -> bool:
    """One step of whatever waits; whether there was something."""
    due = _due(engine)
    if due is None:
        return False
    with writing(engine) as connection:
        due(connection)
    return True


def settle_all(engine: Engine, seconds: float | None = None) -> None:
    """All that waits now, for so long at most."""
    begun = time.monotonic()
    while settle_some(engine) and (seconds is None or time.monotonic() - begun < seconds):
        pass


def _due(engine: Engine) -> Callable[[Connection], int] | None:
    """The step that has something to do; asked without the write lock."""
    table, fill = recipients.c, recipient_fill.c
    is_over = (table.suppressed_until.is_not(None), table.suppressed_until <= to_micros(now()))
    waits = select(
        exists(select(recipient_notes.c.id)), exists(select(table.address).where(*is_over)), exists().where(fill.filled < fill.fill_to)
    )
    with engine.connect() as connection:
        row = connection.execute(waits).one()
    return next((step for step, is_due in zip(_STEPS, row, strict=True) if is_due), None)
