"""`python -m tests.cluster.chaos [--seed N] [--seconds S]`: parts of a cluster die, hang and come back by chance, while readers go on.

What is done follows from the seed; when it meets what is left to the machine. Ends with 1 where an answered event isn't there exactly once,
a counter isn't what its events say, or a reader of the node that stays saw any of it.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select, text

from little_bell.db import reading
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.local import Limits
from little_bell.journal.records import Hit, Notice, Record
from little_bell.models.tables import message_events, provider_events
from tests.cluster.cluster import STREAM, Answers, Cluster
from tests.cluster.conftest import reading_mail
from tests.cluster.parts import Part, passes, wait_until
from tests.fixtures.nats import NatsNode

DAY = 86_400_000_000
#: So long a part is away or hangs, in seconds: from a hiccup to longer than a projector is waited for.
SHORTEST, LONGEST = 0.2, 14.0


class Act(NamedTuple):
    """Something that goes wrong: with what, so that no two things happen to one part at once; how it begins and how it ends."""

    name: str
    part: str
    begin: Callable[[], None]
    end: Callable[[], None]


class Chaos:
    """A cluster, what can happen to it, and what it is told beside what readers do."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self._cluster, self._chance = cluster, random.Random(seed)
        self.projectors = [cluster.projector(f"projector-{number}") for number in (1, 2)]
        wait_until(cluster.has_stream, "the stream is made")
        self.steady, self.doomed = cluster.ingest("ingest-1"), cluster.ingest("ingest-2")
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._journal = JetStreamJournal(cluster.nats.url, STREAM, cluster.folder / "chaos", Limits(min_free_percent=0))
        self._said = Answers()
        cluster.answers.append(self._said)
        self._keys: list[Notice] = []
        self.log: list[str] = []

    def go_on(self, until: float, chance: random.Random) -> None:
        """One thing after the other goes wrong and is mended, until a moment."""
        while time.monotonic() < until:
            act, seconds = self._choose(chance), SHORTEST + (LONGEST - SHORTEST) * chance.random() ** 3
            if act is None:
                passes(0.1)
                continue
            self.log.append(f"{time.strftime('%H:%M:%S')} {act.name} {act.part} for {seconds:.1f} s")
            act.begin()
            passes(seconds)
            act.end()
            with self._lock:
                self._busy.discard(act.part)
            passes(chance.random() * 2)

    def whisper(self, until: float, chance: random.Random) -> None:
        """What comes beside readers: facts by clocks that are wrong, notices that come several times, packets that come again."""
        while time.monotonic() < until:
            chance.choice([self._say, self._say, self._tell, self._tell, self._repeat])(chance)
            passes(chance.random() * 0.3)

    def settle(self) -> None:
        """All is well again: wait until everything is counted."""
        wait_until(lambda: self._journal.is_shared, "events go to NATS", 120)
        self._journal.close()
        for part in (*self.projectors, self.doomed):
            if part.process is None or part.process.poll() is not None:
                raise AssertionError(f"{part.name} has ended by itself: {part.log[-2_000:]}")
        self._cluster.wait_until_folded(240)
        last = self._cluster.last()
        wait_until(lambda: self._cluster.has_folded(last), "nothing is behind", 120)

    def check(self) -> None:
        """Raises AssertionError."""
        self._cluster.assert_exact()
        with reading(self._cluster.engine) as connection:
            told = connection.execute(
                select(func.count()).select_from(message_events).where(message_events.c.type == "delivered")
            ).scalar_one()
            outcomes = dict(connection.execute(select(provider_events.c.outcome, func.count()).group_by(provider_events.c.outcome)).all())
        keys = {notice.key for notice in self._keys}
        assert told == len(keys) and outcomes == ({"placed": len(keys)} if keys else {}), (told, len(keys), outcomes)

    def _choose(self, chance: random.Random) -> Act | None:
        act = chance.choice(self._acts())
        with self._lock:
            if act.part in self._busy:
                return None
            self._busy.add(act.part)
        return act

    def _acts(self) -> list[Act]:
        nodes = self._cluster.nats.nodes
        acts = [
            Act("NATS all dead", "nats", self._on_all(NatsNode.kill), self._on_all(NatsNode.start)),
            Act("killed", "postgres", self._cluster.postgres.kill, self._cluster.postgres.start),
            Act("sessions ended", "postgres", self._end_sessions, lambda: None),
            *(Act("killed", part.name, part.kill, part.start) for part in (*self.projectors, self.doomed)),
            *(Act("stopped politely", part.name, lambda part=part: part.kill(signal.SIGTERM), part.start) for part in self.projectors),  # type: ignore[misc]
            *(Act("hangs", part.name, _signals(part, signal.SIGSTOP), _signals(part, signal.SIGCONT)) for part in self.projectors),
        ]
        for node in nodes:  # one of three at a time, or all: the stream needs two
            acts.append(Act(f"{node.name} killed", "nats", node.kill, node.start))
            acts.append(Act(f"{node.name} hangs", "nats", _signals(node, signal.SIGSTOP), _signals(node, signal.SIGCONT)))
        if (redis := self._cluster.redis) is not None:
            acts.append(Act("killed", "redis", redis.kill, redis.start))
        return acts

    def _on_all(self, do: Callable[[NatsNode], None]) -> Callable[[], None]:
        return lambda: [do(node) for node in self._cluster.nats.nodes] and None

    def _end_sessions(self) -> None:
        """As a pooler or an administrator does: some projectors' transactions end in their middle."""
        with suppress(Exception), reading(self._cluster.engine) as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"))

    def _say(self, chance: random.Random) -> None:
        """Opens that a node with a wrong clock journals."""
        skew, records = chance.choice([0, -2 * DAY, 2 * DAY, -100 * DAY]), list[Record]()
        numbers = [next(self._cluster.numbers) for _ in range(chance.choice([1, 3, 40]))]
        for number in numbers:
            token = chance.choice(self._cluster.tokens)
            at = time.time_ns() // 1_000 + skew
            records.append(Hit("opened", token, at, is_signed=True, address="198.18.1.7", agent=f"Mail/{number}"))
        self._said.asked.update(numbers)
        self._journal.append(records)
        self._said.answered.update(numbers)

    def _tell(self, chance: random.Random) -> None:
        """Notices of a provider: new ones beside some that came before."""
        at, tenant_id = time.time_ns() // 1_000, self._cluster.tenant_id
        new = [
            Notice(tenant_id, "postmark", os.urandom(16), "r", "d", "delivered", at, tokens=[chance.choice(self._cluster.tokens)])
            for _ in range(chance.choice([1, 5]))
        ]
        again = chance.sample(self._keys, min(len(self._keys), chance.randrange(4)))
        self._keys += new
        self._journal.append([*new, *again])

    def _repeat(self, chance: random.Random) -> None:
        """Packets of long ago under no name that the server knows: as a node forwards that was away for longer than that is kept."""
        link = self._cluster.link

        async def publish() -> None:
            jetstream = link.client.jetstream(timeout=2)
            state = (await jetstream.stream_info(STREAM)).state
            for _ in range(20):
                message = await jetstream.get_msg(STREAM, chance.randint(state.first_seq, max(state.first_seq, state.last_seq)))
                await jetstream.publish(message.subject or "", message.data or b"")

        with suppress(Exception):  # NATS is away
            link.call(publish(), 10)


def _signals(part: Part | NatsNode, number: int) -> Callable[[], None]:
    def send() -> None:
        if part.process is not None and part.process.poll() is None:
            os.killpg(part.process.pid, number)

    return send


def run(folder: Path, seed: int, seconds: float) -> None:
    """Raises AssertionError for what isn't as it ought to be."""
    cluster = Cluster(folder, messages=3_000)
    chaos = None
    try:
        chaos = Chaos(cluster, seed)
        until = time.monotonic() + seconds
        with reading_mail(cluster, chaos.steady.port, chaos.doomed.port, clients=4, pause=0.03) as (of_steady, _):
            works = [(chaos.go_on, seed), (chaos.go_on, seed + 1_000_000), (chaos.whisper, seed + 2_000_000)]
            threads = [threading.Thread(target=work, args=(until, random.Random(number))) for work, number in works]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        chaos.settle()
        chaos.check()
        assert of_steady.broken == 0 and of_steady.statuses.keys() <= {200, 302}, of_steady.statuses
        print(f"seed {seed}: {len(chaos.log)} faults, {cluster.count():,} events, slowest answer {of_steady.slowest:.1f} s: all is right")
    except BaseException:
        print(*(chaos.log if chaos else []), sep="\n")
        for part in cluster.parts:
            print(f"--- {part.name}\n{part.log[-6_000:]}")
        raise
    finally:
        cluster.close()


def main() -> int:
    """Exit code 1 where something isn't right; what happened before it is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.chaos", description="Let parts of a cluster die and hang by chance.")
    parser.add_argument("--seed", type=int, default=None, help="what happens follows from it; by chance, if none is given")
    parser.add_argument("--seconds", type=float, default=120)
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    with tempfile.TemporaryDirectory(prefix="bell-chaos-") as folder:
        try:
            run(Path(folder), seed, asked.seconds)
        except AssertionError as error:
            print(f"seed {seed}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
