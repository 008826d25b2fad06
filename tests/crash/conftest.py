"""Real processes on a data folder: a server of tracking and API, a projector, and clients that remember what was answered."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, func, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.config import ROOT, Settings
from little_bell.db import make_engine, writing
from little_bell.domain.links import Addresses
from little_bell.first_run import TENANT, first_run
from little_bell.instance import journals_of
from little_bell.models.tables import agents, dead_records, message_events, tenants
from little_bell.projector.lag import records_behind
from little_bell.projector.recount import recount
from little_bell.secret_key import key_ring
from tests.fixtures.app import free_port

SECONDS = 20.0
URL = "https://example.com/offer?a[0]=1&b=ü#part"
Process = subprocess.Popen[bytes]


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Returns as soon as it is so; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(0.01)


@dataclass
class Answers:
    """What clients asked and which of it was answered, each request by its own number."""

    asked: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0


class House:
    """An installation with messages; starts its parts as processes of their own."""

    def __init__(self, database: str, folder: Path) -> None:
        self.settings = Settings(
            database=database, data_dir=folder / "data", api_key="lb_" + "k" * 43, admin_password="a password for tests"
        )
        self.engine: Engine = make_engine(self.settings.database_url)
        first_run(self.settings)
        self.addresses = Addresses("http://bell.example", key_ring(self.settings))
        self.journals = journals_of(self.engine, self.settings.data_dir)
        self.log = (folder / "log").open("ab")
        self.processes: list[Process] = []
        self.port = free_port()
        self._numbers = itertools.count()
        with writing(self.engine) as connection:
            self.tenant_id = connection.execute(select(tenants.c.id).where(tenants.c.slug == TENANT)).scalar_one()
            campaign_id = create_campaign(connection, self.tenant_id, NewCampaign(name="Newsletter"), "tests")
            new = [NewMessage(campaign_id=campaign_id, recipient_email=f"reader-{n}@example.com") for n in range(200)]
            self.tokens = [made.token for made in create_messages(connection, self.tenant_id, new)]

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                end(process)
        self.engine.dispose()
        self.log.close()

    def run(self, *command: str, under: tuple[str, ...] = (), **settings: str) -> Process:
        """Starts a module of ours, in a process group of its own."""
        own = {
            "LITTLE_BELL_DATA_DIR": str(self.settings.data_dir),
            "LITTLE_BELL_DATABASE_URL": self.settings.database_url,
            "LITTLE_BELL_PORT": str(self.port),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LITTLE_BELL_")}
        arguments = [*under, sys.executable, "-m", *command]
        environment = inherited | own | settings
        process = subprocess.Popen(
            arguments, cwd=ROOT, env=environment, stdout=self.log, stderr=self.log, start_new_session=True
        )  # fmt: skip
        self.processes.append(process)
        return process

    def serve(self, under: tuple[str, ...] = (), **settings: str) -> Process:
        """Tracking and API, answering."""
        self.port = free_port()
        process = self.run("little_bell.web_server", "ingest", under=under, **settings)
        wait_until(lambda: process.poll() is not None or self._is_healthy(), "the server answers")
        assert process.poll() is None, "the server ended"
        return process

    def _is_healthy(self) -> bool:
        try:
            return self.get("/health").status_code == 200
        except httpx.TransportError:
            return False

    def project(self, **settings: str) -> Process:
        """A projector, starting."""
        return self.run("little_bell.projector", **settings)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5, **options)

    def load(self, clients: int, until: Callable[[Answers], Awaitable[None]], pause: float = 0.0) -> Answers:
        """Clients that ask one thing after the other until `until` returns; those it left without a server give up."""
        answers = Answers()

        async def play() -> None:
            asking = [asyncio.create_task(self._ask_on(answers, pause)) for _ in range(clients)]
            await asyncio.wait_for(until(answers), 3 * SECONDS)
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

        asyncio.run(play())
        return answers

    async def _ask_on(self, answers: Answers, pause: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while True:
                number = next(self._numbers)
                answers.asked.add(number)
                begun = time.monotonic()
                writer.write(self._request(number))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                answers.answered.add(number)
                answers.statuses[int(head[9:12])] += 1
                answers.slowest = max(answers.slowest, time.monotonic() - begun)
                await asyncio.sleep(pause)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _request(self, number: int) -> bytes:
        """An open or a click of one of the messages, by an agent of its own."""
        token = self.tokens[number % len(self.tokens)]
        if number % 3:
            target = f"/track/pixel/{token}.gif"
        else:
            signed = urlsplit(self.addresses.click_url(self.tenant_id, token, URL))
            target = f"{signed.path}?{signed.query}"
        return f"GET {target} HTTP/1.1\r\nHost: bell.example\r\nUser-Agent: Mail/{number}\r\n\r\n".encode()

    def wait_until_folded(self) -> None:
        assert any(process.poll() is None for process in self.processes), "nobody is there to fold"
        wait_until(lambda: records_behind(self.engine, self.journals) == 0, "everything is folded", 2 * SECONDS)

    def stored(self) -> Counter[int]:
        """How many events there are of each request, by its number."""
        joined = message_events.join(agents, agents.c.id == message_events.c.agent_id)
        counted = select(agents.c.text, func.count()).select_from(joined).group_by(agents.c.text)
        with self.engine.connect() as connection:
            return Counter({int(text.removeprefix("Mail/")): count for text, count in connection.execute(counted)})

    def assert_exact(self, *all_answers: Answers) -> None:
        """Every answered request is there once, every other once or not at all, and all counters are what the events say."""
        stored = self.stored()
        answered = set().union(*(answers.answered for answers in all_answers))
        asked = set().union(*(answers.asked for answers in all_answers))
        assert answered - stored.keys() == set(), "answered, but not there"
        assert stored.keys() - asked == set(), "nobody asked for these"
        assert {number: count for number, count in stored.items() if count != 1} == {}
        with writing(self.engine) as connection:
            assert recount(connection).differences == []
            assert connection.execute(select(func.count()).select_from(dead_records)).scalar() == 0


def end(process: Process) -> None:
    """As a service manager would; and strace with what it traces."""
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(SECONDS)


def kill(process: Process) -> None:
    """As a power cut would: the whole group, at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS)


@pytest.fixture
def house(sqlite_database: str, tmp_path: Path) -> Iterator[House]:
    """An installation on SQLite."""
    house = House(sqlite_database, tmp_path)
    yield house
    house.close()
