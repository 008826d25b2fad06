"""The mailroom as a process of its own: `python -m little_bell.mailroom`, run by `little-bell serve` where it is asked for."""

import asyncio
import logging
import signal
import socket
import threading
import time
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Engine

from little_bell.config import Settings, load_settings
from little_bell.db import make_engine, reading
from little_bell.journal.base import Position
from little_bell.journal.records import report_of
from little_bell.lifeline import end_with_supervisor
from little_bell.logs import configure_logs
from little_bell.mailroom.account import account_of
from little_bell.mailroom.poller import Desk, Poller
from little_bell.mailroom.smtp import Door, SmtpLimits, listen
from little_bell.queries.messages import owner_of_token
from little_bell.queries.projection import is_folded
from little_bell.queries.reports import report_states
from little_bell.queries.tenants import find_tenant
from little_bell.recorder import open_journal

log = logging.getLogger("little_bell.mailroom")

LOOK_SECONDS = 0.05


class Mailroom:
    """The database, and a journal of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engine: Engine = make_engine(settings.database_url, pool_size=4)
        self._journal = open_journal(settings, self._engine)

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Raises OSError where the port can't be had, Invalid for a mailbox that can't be one."""
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        poller = self._poller()
        thread = threading.Thread(target=poller.run, name="mailbox", daemon=True) if poller else None
        if thread:
            thread.start()
        server = await self._listen() if self._settings.smtp_port else None
        await stopped.wait()
        if server:
            server.close()
        if poller and thread:
            poller.stop()
            await asyncio.to_thread(thread.join, 20)
        self._journal.close()
        self._engine.dispose()

    async def _listen(self) -> asyncio.Server:
        settings = self._settings
        limits = SmtpLimits(settings.smtp_max_bytes, settings.smtp_connections, settings.smtp_rate)
        door = Door(self._owner_of, self._keep, settings.bounce_domain, limits)
        hostname = settings.bounce_domain or urlsplit(settings.base_url).hostname or socket.gethostname()
        server = await listen(door, settings.smtp_host, settings.smtp_port, hostname)
        log.info("bounces are taken by SMTP", extra={"host": settings.smtp_host, "port": settings.smtp_port})
        return server

    def _poller(self) -> Poller | None:
        settings = self._settings
        if not settings.mailbox:
            return None
        account = account_of(settings.mailbox, settings.mailbox_password, settings.mailbox_token_command)
        with reading(self._engine) as connection:
            tenant_id = find_tenant(connection, settings.tenant)
        if tenant_id is None:
            log.error("there is no tenant %s for the mail of the mailbox", settings.tenant)
            return None
        log.info("bounces are taken from the mailbox of %s", account)
        desk = Desk(tenant_id, self._journal.append, self._wait, self._states)  # type: ignore[arg-type]  # a list of reports is one of records
        return Poller(account, desk, settings.mailbox_seconds, settings.mailbox_done_folder)

    def _owner_of(self, token: str) -> int | None:
        with reading(self._engine) as connection:
            return owner_of_token(connection, token)

    def _keep(self, raw: bytes, recipients: list[tuple[int, str]]) -> None:
        moment = time.time_ns() // 1_000
        self._journal.append([report_of(tenant_id, "smtp", raw, moment, token=token) for tenant_id, token in recipients])

    def _wait(self, position: Position, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with reading(self._engine) as connection:
                if is_folded(connection, position):
                    return True
            time.sleep(LOOK_SECONDS)
        return False

    def _states(self, digests: list[str]) -> dict[str, str]:
        with reading(self._engine) as connection:
            return report_states(connection, None, digests)


def main() -> None:
    """Take mail until SIGTERM."""
    end_with_supervisor()
    settings = load_settings()
    configure_logs(settings.log_level, settings.log_format)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command
    asyncio.run(partial(Mailroom(settings).run)())


if __name__ == "__main__":
    main()
