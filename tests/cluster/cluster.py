"""A whole cluster on this machine: three NATS nodes, PostgreSQL, ingest nodes and projectors, and readers who open and click."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from nats.js.errors import NotFoundError
from sqlalchemy import Engine, func, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.messages import create_messages
from little_bell.config import Settings
from little_bell.db import make_engine, reading, writing
from little_bell.domain.links import Addresses
from little_bell.first_run import TENANT, first_run
from little_bell.journal.link import Link
from little_bell.journal.stream import StreamFacts, find_stream, subject_of
from little_bell.migrations import migrate
from little_bell.models.partition import process_of
from little_bell.models.tables import agents, campaign_stats, dead_records, journal_partitions, message_events, routed_records, tenants
from little_bell.projector.recount import recount
from little_bell.secret_key import key_ring
from tests.cluster.parts import SECONDS, Part, Postgres, passes, wait_until
from tests.fixtures.nats import Nats
from tests.fixtures.redis import RedisServer, redis_program

STREAM = "bell"
KEY = "lb_" + "k" * 43
SECRET = "a secret of this cluster that is long enough"
URL = "https://example.com/a"
EMAIL, PASSWORD = "admin@example.com", "a password for this cluster"


def _redis(folder: Path) -> RedisServer | None:
    """None where it isn't installed: only web nodes that share their pages need one."""
    program = redis_program()
    folder.mkdir(parents=True, exist_ok=True)
    return RedisServer(program, folder) if program else None


@dataclass
class Answers:
    """What readers asked and what they were answered, by a number of their own."""

    asked: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # connections that ended without an answer
    slowest: float = 0.0


class Cluster:
    """Everything but the readers. `projectors` and `ingests` are started by whoever tests."""

    def __init__(
        self, folder: Path, *, nodes: int = 3, stream_bytes: int = 1_000_000_000, messages: int = 400, host: str = "127.0.0.1"
    ) -> None:
        self.nats, self.postgres, self.redis = Nats(folder / "nats", nodes, host=host), Postgres(), _redis(folder / "redis")
        self.nats.start()
        self.postgres.start()
        if self.redis is not None:
            self.redis.start()
        self.settings = {
            "LITTLE_BELL_JOURNAL_URL": self.nats.url,
            "LITTLE_BELL_JOURNAL_STREAM": STREAM,
            "LITTLE_BELL_JOURNAL_REPLICAS": str(nodes),
            "LITTLE_BELL_JOURNAL_STREAM_BYTES": str(stream_bytes),
            "LITTLE_BELL_SECRET_KEY": SECRET,
            "LITTLE_BELL_JOURNAL_MIN_FREE_PERCENT": "0",
        }
        self.with_database = self.settings | {"LITTLE_BELL_DATABASE_URL": self.postgres.url}
        if self.redis is not None:
            self.with_database["LITTLE_BELL_REDIS_URL"] = self.redis.url
        self.folder = folder
        migrate(self.postgres.url)
        self.own = Settings(
            database=self.postgres.url, data_dir=folder / "own", secret_key=SECRET, api_key=KEY, admin_email=EMAIL, admin_password=PASSWORD
        )
        first_run(self.own)
        self.addresses = Addresses("http://bell.example", key_ring(self.own))
        self.engine: Engine = make_engine(self.postgres.url, pool_size=3)
        with writing(self.engine) as connection:
            self.tenant_id = connection.execute(select(tenants.c.id).where(tenants.c.slug == TENANT)).scalar_one()
            self.campaign_id = create_campaign(connection, self.tenant_id, NewCampaign(name="Newsletter"), "tests")
            new = [NewMessage(campaign_id=self.campaign_id, recipient_email=f"reader-{n}@example.com") for n in range(messages)]
            made = [*create_messages(connection, self.tenant_id, new)]
            self.ids, self.tokens = [one.id for one in made], [one.token for one in made]
        self.parts: list[Part] = []
        self.answers: list[Answers] = []  # of all readers there ever were
        self.numbers = itertools.count()
        self.link = Link(self.nats.url)

    def close(self) -> None:
        for part in self.parts:
            part.kill()
        self.link.close()
        self.engine.dispose()
        self.postgres.close()
        self.nats.close()
        if self.redis is not None:
            self.redis.kill()

    def part(self, name: str, *command: str, database: bool = True, inside: Sequence[str] = (), **settings: str) -> Part:
        known = self.with_database if database else self.settings
        part = Part(self.folder / name, known | settings, *command, inside=inside)
        self.parts.append(part)
        return part

    def projector(self, name: str, **settings: str) -> Part:
        """One that folds."""
        part = self.part(name, "little_bell.projector", **settings)
        part.start()
        return part

    def ingest(self, name: str, **settings: str) -> Part:
        """One that answers readers, without a database."""
        part = self.part(name, "little_bell.web_server", "ingest", database=False, **settings)
        part.start()
        part.wait_until_healthy()
        return part

    def web(self, name: str) -> Part:
        """One with the web app."""
        part = self.part(name, "little_bell.web_server")
        part.start()
        part.wait_until_healthy()
        return part

    def stream(self) -> StreamFacts:
        wait_until(lambda: self.link.is_up, "NATS is reached")
        return self.link.call(find_stream(self.link.client, STREAM), 10)

    def has_stream(self) -> bool:
        try:
            return self.stream().partitions > 0
        except Exception:
            return False

    def owners(self) -> Counter[str]:
        """How many partitions each process folds."""
        with reading(self.engine) as connection:
            return Counter(map(process_of, connection.execute(select(journal_partitions.c.owner)).scalars()))

    def stored(self) -> Counter[int]:
        """How many events there are of each request, by its number."""
        joined = message_events.join(agents, agents.c.id == message_events.c.agent_id)
        counted = select(agents.c.text, func.count()).select_from(joined).group_by(agents.c.text)
        with reading(self.engine) as connection:
            rows = [(text, count) for text, count in connection.execute(counted) if text.startswith("Mail/")]
        return Counter({int(text.removeprefix("Mail/")): count for text, count in rows})

    def last(self) -> dict[int, int]:
        """The last number in each partition of the stream that holds something."""

        async def ask() -> dict[int, int]:
            jetstream, found = self.link.client.jetstream(), {}
            for partition in range((await find_stream(self.link.client, STREAM)).partitions + 1):
                with suppress(NotFoundError):
                    found[partition] = (await jetstream.get_last_msg(STREAM, subject_of(STREAM, partition))).seq or 0
            return found

        return self.link.call(ask(), 20)

    def has_folded(self, last: dict[int, int]) -> bool:
        """Whether all up to these numbers is folded. It asks little of PostgreSQL, which is busy: counting events doesn't."""
        rows = journal_partitions.c
        with reading(self.engine) as connection:
            known = {row.partition: row.sequence for row in connection.execute(select(rows.partition, rows.sequence))}
            waiting = connection.execute(select(routed_records.c.id).limit(1)).first()
        return waiting is None and all(known.get(partition, 0) >= number for partition, number in last.items())

    def count(self) -> int:
        with reading(self.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(message_events)).scalar_one())

    def opened(self) -> int:
        """How many messages were opened, as the campaign's page says it."""
        with reading(self.engine) as connection:
            return int(connection.execute(select(campaign_stats.c.opened)).scalar_one())

    def wait_until_folded(self, seconds: float = 2 * SECONDS) -> float:
        """Until every answered request is in the tables, and nothing waits to be handed on."""
        answered = set().union(*(answers.answered for answers in self.answers))

        def is_folded() -> bool:
            try:
                with reading(self.engine) as connection:
                    if connection.execute(select(routed_records.c.id).limit(1)).first() is not None:
                        return False
                return self.count() >= len(answered) and not answered - self.stored().keys()
            except Exception:
                return False

        return wait_until(is_folded, "every answered event is in PostgreSQL", seconds)

    def assert_exact(self) -> None:
        """Every answered request is there once, every other once or not at all, and all counters are what the events say."""
        stored = self.stored()
        answered = set().union(*(answers.answered for answers in self.answers))
        asked = set().union(*(answers.asked for answers in self.answers))
        assert answered - stored.keys() == set(), "answered, but not there"
        assert stored.keys() - asked == set(), "nobody asked for these"
        assert {number: count for number, count in stored.items() if count != 1} == {}
        with reading(self.engine) as connection:
            assert connection.execute(select(dead_records.c.reason)).scalars().all() == []
            assert recount(connection).differences == []

    def request(self, number: int) -> bytes:
        """An open or a click of one of the messages, by an agent of its own."""
        token = self.tokens[number % len(self.tokens)]
        if number % 3:
            target = f"/track/pixel/{token}.gif"
        else:
            signed = urlsplit(self.addresses.click_url(self.tenant_id, token, URL))
            target = f"{signed.path}?{signed.query}"
        return f"GET {target} HTTP/1.1\r\nHost: bell.example\r\nUser-Agent: Mail/{number}\r\n\r\n".encode()


class Readers:
    """Clients of one ingest node, on a thread's own event loop, until they are told to stop."""

    def __init__(self, cluster: Cluster, host: str, port: int, clients: int, pause: float) -> None:
        self.answers = Answers()
        self._cluster, self._host, self._port, self._clients, self._pause = cluster, host, port, clients, pause
        self._is_over = False

    async def run(self) -> None:
        await asyncio.gather(*(self._ask_on() for _ in range(self._clients)))

    def stop(self) -> None:
        self._is_over = True

    async def _ask_on(self) -> None:
        while not self._is_over:
            try:
                reader, writer = await asyncio.open_connection(self._host, self._port)
            except OSError:
                self.answers.broken += 1
                await asyncio.sleep(0.1)
                continue
            try:
                while not self._is_over:
                    await self._ask(reader, writer)
                    await asyncio.sleep(self._pause)
            except (OSError, asyncio.IncompleteReadError):
                self.answers.broken += 1
            finally:
                writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, answers = next(self._cluster.numbers), self.answers
        answers.asked.add(number)
        begun = time.monotonic()
        writer.write(self._cluster.request(number))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        answers.answered.add(number)
        answers.statuses[int(head[9:12])] += 1
        answers.slowest = max(answers.slowest, time.monotonic() - begun)


class CaughtUp(NamedTuple):
    """How a projector that was away made it: what waited when it was started, and events a second that it folded and that came."""

    behind: int
    folded: float
    arriving: float

    @property
    def ratio(self) -> float:
        return self.folded / self.arriving

    def __str__(self) -> str:
        rates = f"{self.folded:,.0f} folded a second, start included, while {self.arriving:,.0f} came"
        return f"{self.behind:,} behind; {rates}: {self.ratio:.1f} ×"


def catch_up(cluster: Cluster, projector: Part, answers: Answers, away_seconds: float) -> CaughtUp:
    """Kill the projector, start it again after so long, and wait until it has caught up with readers who go on all the time."""
    wait_until(lambda: cluster.count() > 0, "it folds")
    projector.kill()
    began, before = time.monotonic(), len(answers.answered)
    passes(away_seconds)
    behind, arriving = len(answers.answered) - cluster.count(), (len(answers.answered) - before) / (time.monotonic() - began)
    start = len(answers.answered)
    projector.start()
    taken = wait_until(lambda: len(answers.answered) - cluster.count() < arriving, "it has caught up", 3 * SECONDS)
    return CaughtUp(behind, (behind + len(answers.answered) - start) / taken, arriving)
