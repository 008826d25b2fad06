"""A listener that is talked to over a real socket, and the database and journal behind it."""

import asyncio
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from little_bell.db import reading
from little_bell.journal.records import report_of
from little_bell.mailroom.smtp import Door, SmtpLimits, listen
from little_bell.queries.messages import owner_of_token
from tests.fixtures.app import free_port
from tests.projector.conftest import Post, post

__all__ = ["post"]


@dataclass
class Listening:
    """A listener in a thread of its own. `fails` makes what it stands on fail."""

    post: Post
    limits: SmtpLimits = field(default_factory=SmtpLimits)
    domain: str = "bounces.example"
    port: int = field(default_factory=free_port)
    lookup_error: Exception | None = None
    keep_error: Exception | None = None

    def owner_of(self, token: str) -> int | None:
        if self.lookup_error:
            raise self.lookup_error
        with reading(self.post.engine) as connection:
            return owner_of_token(connection, token)

    def keep(self, raw: bytes, recipients: list[tuple[int, str]]) -> None:
        if self.keep_error:
            raise self.keep_error
        self.post.write(*(report_of(tenant_id, "smtp", raw, 1, token=token) for tenant_id, token in recipients))

    @property
    def door(self) -> Door:
        return Door(self.owner_of, self.keep, self.domain, self.limits)

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, "client.example", timeout=10)

    def send(self, raw: bytes, *recipients: str, sender: str = "") -> dict[str, Any]:
        with self.client() as client:
            return client.sendmail(sender, recipients, raw)


@contextmanager
def running(listening: Listening) -> Iterator[Listening]:
    """It listens until the block ends."""
    loop, is_up, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        server = await listen(listening.door, "127.0.0.1", listening.port, "bounces.example")
        is_up.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert is_up.wait(10)
    try:
        yield listening
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def listening(post: Post) -> Iterator[Listening]:
    """A listener of Alice's installation, with two messages that were sent."""
    post.register("token-one", "token-two")
    with running(Listening(post)) as up:
        yield up


Make = Callable[..., Listening]
