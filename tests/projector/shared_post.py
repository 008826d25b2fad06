"""A campaign whose readers are journaled in a stream, for several projectors; and a wait with an end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from little_bell.config import Settings
from little_bell.db import make_engine, writing
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.link import Link
from little_bell.journal.local import Limits
from little_bell.journal.records import Record
from little_bell.journal.stream import StreamFacts, StreamPlan, make_stream, subject_of
from little_bell.models.partition import process_of
from little_bell.models.tables import journal_partitions, routed_records
from little_bell.projector.projector import Projector
from little_bell.projector.stream_watch import adopt
from tests.fixtures.nats import Nats
from tests.fixtures.people import Person
from tests.projector.conftest import Post

SECRET = "a secret for these tests that is long enough"
PARTITIONS = 3


class SharedPost(Post):
    """A campaign whose readers are journaled in a stream."""

    def __init__(self, engine: Engine, alice: Person, folder: Path, nats: Nats) -> None:
        super().__init__(engine, alice, folder / "local")
        self.journal.close()
        self.nats, self.folder, self.stream = nats, folder, f"bell{time.time_ns()}"
        self.settings = Settings(
            database=engine.url.render_as_string(hide_password=False), data_dir=folder, secret_key=SECRET, ip_policy="full",
            journal_url=nats.url, journal_stream=self.stream, journal_partitions=PARTITIONS, journal_replicas=1,
        )  # fmt: skip
        self.link = Link(nats.url)
        eventually(lambda: self.link.is_up)
        facts = made_stream(self.link, StreamPlan(self.stream, PARTITIONS, 1, 100_000_000))
        with writing(engine) as connection:
            adopt(connection, facts)
        self.shared = JetStreamJournal(nats.url, self.stream, folder / "waiting", Limits(min_free_percent=0))

    def close(self) -> None:
        self.shared.close()
        with suppress(Exception):  # one that isn't there, or can't be reached; else each would keep its room on the server
            self.link.call(self.link.client.jetstream().delete_stream(self.stream), 10)
        self.link.close()

    def write(self, *records: Record) -> Any:
        return self.shared.append(list(records))

    @contextmanager
    def shared_out(self, count: int = 2) -> Iterator[list[Projector]]:
        """So many projectors, each on a thread and with connections of its own."""
        engines = [make_engine(self.settings.database_url, pool_size=2) for _ in range(count)]
        running = [Projector(engine, self.settings) for engine in engines]
        threads = [threading.Thread(target=projector.run) for projector in running]
        for thread in threads:
            thread.start()
        try:
            eventually(lambda: len({process_of(owner) for owner in self._owners()}) == count and "" not in self._owners())
            yield running
        finally:
            for projector in running:
                projector.stop()
            for thread in threads:
                thread.join(20)
            for engine in engines:
                engine.dispose()

    def _owners(self) -> set[str]:
        return {owner for (owner,) in self.rows(select(journal_partitions.c.owner))}

    def wait_until_folded(self) -> None:
        """All that was written until now."""
        last = self.link.call(self._last(), 10)

        def is_done() -> bool:
            folded = dict(self.rows(select(journal_partitions.c.partition, journal_partitions.c.sequence)))
            waiting = self.rows(select(func.count()).select_from(routed_records))[0][0]
            return not waiting and all(folded[partition] >= sequence for partition, sequence in last.items())

        eventually(is_done)

    async def _last(self) -> dict[int, int]:
        jetstream, last = self.link.client.jetstream(), {}
        for partition in range(PARTITIONS + 1):
            try:
                message = await jetstream.get_last_msg(self.stream, subject_of(self.stream, partition))
            except Exception:  # nothing was written there
                continue
            last[partition] = message.seq or 0
        return last


def made_stream(link: Link, plan: StreamPlan, seconds: float = 60) -> StreamFacts:
    """The stream, asked for again while a busy machine takes its time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return link.call(make_stream(link.client, plan), 20)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise


def eventually(is_so: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it didn't become so in time"
        time.sleep(0.02)
