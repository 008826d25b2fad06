"""The watch as a task of the server: of all processes one looks at a time, and one tells each thing."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from little_bell.actions.alert_rounds import due_deliveries, note_outcome, take_delivery, take_turn, write_round
from little_bell.alerts.letters import Relay
from little_bell.alerts.look import look
from little_bell.alerts.telling import Teller
from little_bell.config import Settings
from little_bell.db import reading, writing
from little_bell.models import now
from little_bell.queries.alert_facts import turn
from little_bell.sealing import Sealing

log = logging.getLogger(__name__)

#: How often it is asked whether there is something to do: two queries of single rows.
ASK_SECONDS = 5.0
#: Told at the same time: a destination that doesn't answer keeps few others waiting.
TELLERS = 4


class Watch:
    """Looks when a look is due, and tells what is to be told."""

    def __init__(self, engine: Engine, settings: Settings, sealing: Sealing, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._teller = Teller(sealing, settings.base_url, relay_of(settings), settings.alert_private_networks)
        self._by_settings = settings.default_webhook_secrets.keys()
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False

    def start(self) -> None:
        """Begin, in the running loop."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take nothing more up; what is being told is told to its end."""
        self._is_ending = True
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            await asyncio.shield(asyncio.to_thread(self._step))

    def _step(self) -> None:
        try:
            self.look()
            self.tell()
        except SQLAlchemyError as error:  # a database that is away comes back
            log.warning("alerts can't be looked after just now: %s", error)
        except Exception:
            log.exception("the watch over alerts failed; it goes on")

    def look(self) -> bool:
        """Look, if it is time and nobody else does; whether it did."""
        moment = self._clock()
        with reading(self._engine) as connection:
            if turn(connection)[0] > moment:
                return False
        with writing(self._engine) as connection:
            seen = take_turn(connection, moment)
        if seen is None:
            return False
        with reading(self._engine) as connection:
            found = look(connection, moment, seen, self._by_settings)
        if found.is_something or found.fold > seen:
            with writing(self._engine) as connection:
                write_round(connection, moment, found.fold, found.raised, found.resolved, found.watches)
        return True

    def tell(self) -> int:
        """Make the deliveries that are due; how many were tried."""
        moment = self._clock()
        with reading(self._engine) as connection:
            due = due_deliveries(connection, moment)
        if due:
            with ThreadPoolExecutor(TELLERS, "alerts") as tellers:
                list(tellers.map(self._tell_one, due))
        return len(due)

    def _tell_one(self, delivery_id: int) -> None:
        if self._is_ending:
            return
        moment = self._clock()
        with writing(self._engine) as connection:
            taken = take_delivery(connection, delivery_id, moment)
        if taken is None:
            return
        error = ""
        try:
            self._teller.tell(taken)
        except OSError as failure:
            error = failure.strerror or str(failure) or type(failure).__name__
            log.warning("an alert didn't reach its destination: %s", error, extra={"delivery": taken.id, "tenant": taken.tenant_id})
        with writing(self._engine) as connection:
            note_outcome(connection, taken, error, self._clock())


def relay_of(settings: Settings) -> Relay | None:
    """Where mail is handed in, if anywhere."""
    if not settings.relay_host:
        return None
    sender = settings.relay_from or settings.admin_email
    return Relay(settings.relay_host, settings.relay_port, settings.relay_user, settings.relay_password, sender, settings.relay_tls)
