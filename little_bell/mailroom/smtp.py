"""The SMTP listener. It takes mail for bounce addresses of messages that there are, and for nobody else; it sends nothing."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from little_bell.domain.bounce_address import token_in
from little_bell.journal.base import JournalFull
from little_bell.journal.records import MOST_RAW

log = logging.getLogger(__name__)

LONGEST_LINE = 16_384  # a thousand is the rule (RFC 5321, 4.5.3.1.6); who breaks it may still have something to tell
IDLE_SECONDS = 120
MOST_RECIPIENTS = 100


@dataclass(frozen=True, slots=True)
class SmtpLimits:
    """What is taken: bytes a mail, connections at once (a quarter of them from one address), mails a minute from one address."""

    message_bytes: int = 10_000_000
    connections: int = 40
    mails_a_minute: int = 600


@dataclass(slots=True)
class Door:
    """What all connections share. `owner_of` gives the tenant of a token, or None; `keep` journals a mail for (tenant, token)s."""

    owner_of: Callable[[str], int | None]
    keep: Callable[[bytes, list[tuple[int, str]]], None]
    domain: str = ""
    limits: SmtpLimits = field(default_factory=SmtpLimits)
    open_from: Counter[str] = field(default_factory=Counter)
    window: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def admit(self, address: str) -> bool:
        """Whether one more connection may come from there; if so it is counted until leave()."""
        if self.open_from.total() >= self.limits.connections or self.open_from[address] >= max(1, self.limits.connections // 4):
            return False
        self.open_from[address] += 1
        return True

    def leave(self, address: str) -> None:
        """A connection is over."""
        self.open_from[address] -= 1
        if not self.open_from[address]:
            del self.open_from[address]

    def is_too_fast(self, address: str) -> bool:
        """Count a mail; whether they come too fast from there."""
        return not self.window.hit(RateLimitItemPerMinute(self.limits.mails_a_minute), address)


class Hooks:
    """What aiosmtpd asks before it goes on. Every answer is an SMTP reply."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def handle_MAIL(self, _server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]) -> str:  # noqa: N802
        """Any sender may write, the empty one of mail systems most of all; but not too often."""
        if self._door.is_too_fast(_address(session.peer)):
            return "450 4.7.1 too many mails in a minute; try again later"
        envelope.mail_from = sender or "<>"
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        """Only bounce addresses of messages that there are."""
        token = token_in(address, self._door.domain)
        if token is None:
            return "550 5.1.1 only bounce addresses are taken here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            tenant_id = await asyncio.to_thread(self._door.owner_of, token)
        except Exception as error:
            log.warning("a bounce address can't be looked up: %s", error)
            return "451 4.3.0 try again later"
        if tenant_id is None:
            return "550 5.1.1 there is no such message"
        envelope.rcpt_tos.append(f"{tenant_id} {token}")
        return "250 2.1.5 OK"


class Listener(SMTP):
    """One connection. Of each mail only the beginning is kept, however long its lines and however much there is."""

    line_length_limit = LONGEST_LINE

    def __init__(self, door: Door, hostname: str) -> None:
        super().__init__(
            Hooks(door),
            data_size_limit=door.limits.message_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="Little Bell",
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self._door = door
        self._admitted: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Goes on with those that may come in."""
        address = _address(transport.get_extra_info("peername"))
        if self._door.admit(address):
            self._admitted = address
            super().connection_made(transport)
        elif isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 too many connections; try again later\r\n")
            transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Makes room for the next."""
        if self._admitted is not None:
            self._door.leave(self._admitted)
            self._admitted = None
            super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - so named in aiosmtpd
        """Instead of aiosmtpd's, which holds whole mails, and lines of any length, in memory."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA stands alone" if arg else "503 5.5.1 need RCPT first")
            return
        await self.push("354 end with <CR><LF>.<CR><LF>")
        raw, size = await self._read_mail()
        recipients = [recipient.split(" ", 1) for recipient in self.envelope.rcpt_tos]
        self.envelope = self._create_envelope()
        if size > self._door.limits.message_bytes:
            await self.push("552 5.3.4 the mail is too large")
            return
        await self.push(await self._keep(raw, [(int(tenant_id), token) for tenant_id, token in recipients]))

    async def _keep(self, raw: bytes, recipients: list[tuple[int, str]]) -> str:
        try:
            await asyncio.to_thread(self._door.keep, raw, recipients)
        except JournalFull as full:
            log.warning("a report could not be recorded: %s", full)
            return "451 4.3.1 nothing can be recorded just now; try again later"
        return "250 2.0.0 kept"

    async def _read_mail(self) -> tuple[bytes, int]:
        """The beginning of the mail, and how large all of it is; up to the line that has only a dot."""
        kept, size, is_line_start = bytearray(), 0, True
        reader: asyncio.StreamReader = self._reader
        while True:
            try:
                piece, is_whole = await reader.readuntil(b"\r\n"), True
            except asyncio.LimitOverrunError as longer:
                piece, is_whole = await reader.read(longer.consumed), False
            if is_line_start and piece == b".\r\n":
                return bytes(kept), size
            if is_line_start and piece.startswith(b"."):
                piece = piece[1:]
            is_line_start = is_whole
            size += len(piece)
            kept += piece[: MOST_RAW - len(kept)]


def _address(peer: Any) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


async def listen(door: Door, host: str, port: int, hostname: str) -> asyncio.Server:
    """Take mail from now on; close the server to stop. Raises OSError where the port can't be had."""
    return await asyncio.get_running_loop().create_server(lambda: Listener(door, hostname), host, port)
