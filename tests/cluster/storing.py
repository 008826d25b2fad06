"""What an event costs PostgreSQL, by kind: opens, and what providers tell; of one projector, and of two that share one database."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from typing import NamedTuple

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from little_bell.actions.forms import NewMessage
from little_bell.actions.messages import create_messages
from little_bell.db import reading, writing
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.local import Limits
from little_bell.journal.stream import StreamPlan, make_stream
from little_bell.web_build import build_if_changed
from tests.bench.figures import Figure
from tests.bench.webhooks import signed, trust
from tests.cluster.cluster import STREAM, Cluster
from tests.cluster.opens import opens
from tests.cluster.parts import Part, wait_until

MESSAGES = 100_000
#: Opens in an append of an ingest node that isn't very busy, and events in a request of a provider.
TOGETHER, A_REQUEST = 20, 100
#: What is kept as long as events are, and as long as requests of providers are; the rest of the database are messages' (and sums).
OF_EVENTS = "message_events%"
OF_REQUESTS = ("provider_events", "webhook_receipts")
SIZES = text(
    "SELECT relname, pg_total_relation_size(pg_class.oid) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
    "WHERE nspname = 'public' AND relkind = 'r'"
)


class Took(NamedTuple):
    """What it took to fold so many events: the rate, and microseconds of CPU and bytes of log an event."""

    rate: float
    database_cpu: float
    projector_cpu: float
    log_bytes: float

    def __str__(self) -> str:
        cpu = f"{self.projector_cpu:.0f} µs of projectors and {self.database_cpu:.0f} µs of PostgreSQL an event"
        return f"{cpu}, {self.log_bytes:.0f} B of log"


def storing(cluster: Cluster, events: int) -> list[Figure]:
    """`events` of each kind for one projector, and as many for two."""
    begun = sum(sizes(cluster).values())
    for _ in range(MESSAGES // 10_000):
        new = [NewMessage(campaign_id=cluster.campaign_id, recipient_email=f"reader-{next(_NUMBERS)}@example.com") for _ in range(10_000)]
        with writing(cluster.engine) as connection:
            cluster.tokens += [made.token for made in create_messages(connection, cluster.tenant_id, new)]
    cluster.link.call(make_stream(cluster.link.client, StreamPlan(STREAM, 8, 1, 1_000_000_000)), 10)
    provider = Provider(cluster)
    figures, took, packed = [], {}, {}
    projectors = [cluster.part(f"projector-{number}", "little_bell.projector") for number in (1, 2)]
    kinds: dict[str, Callable[[int], None]] = {"opens": lambda many: read(cluster, many), "told": provider.tell}
    for kind, send in kinds.items():
        for running in (projectors[:1], projectors):
            before = cluster.stream().bytes
            send(events)
            packed[kind] = (cluster.stream().bytes - before) / events
            took[kind, len(running)] = fold(cluster, running, events)
    for kind in kinds:
        for number in (1, 2):
            one = took[kind, number]
            figures.append(Figure(f"{kind}: {number} projectors, one PostgreSQL, events/s", one.rate, note=str(one)))
        figures.append(Figure(f"{kind}: bytes an event in JetStream", packed[kind], "B"))
    figures.append(Figure("told: CPU of an ingest node an event", provider.cpu, "µs", note=f"{A_REQUEST} events in a signed request"))
    return [*figures, *stored(cluster, begun, 4 * events, provider.told)]


_NUMBERS = count()


def stored(cluster: Cluster, begun: int, events: int, told: int) -> list[Figure]:
    """Bytes of the tables with their indexes: as they lie there after it, and packed."""
    loose = sum(sizes(cluster).values())
    with cluster.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL"))
    found = sizes(cluster)
    of_events = sum(size for name, size in found.items() if name.startswith(OF_EVENTS.rstrip("%")))
    of_requests = sum(found[name] for name in OF_REQUESTS)
    messages = len(cluster.tokens)
    rest = sum(found.values()) - of_events - of_requests - begun
    return [
        Figure("PostgreSQL, bytes an event with its index entries", of_events / events, "B"),
        Figure(
            "PostgreSQL, bytes more of what was told",
            of_requests / told,
            "B",
            note="the requests as they came, and what became of each event",
        ),
        Figure("PostgreSQL, bytes a message", rest / messages, "B", note="with its recipient, all index entries, and the sums"),
        Figure(
            "PostgreSQL, all tables as they lie after it ÷ packed", loose / sum(found.values()), note="each message changed several times"
        ),
    ]


def sizes(cluster: Cluster) -> dict[str, int]:
    """Bytes of each table with its indexes."""
    with reading(cluster.engine) as connection:
        return {name: int(size) for name, size in connection.execute(SIZES)}


def read(cluster: Cluster, many: int) -> None:
    """So many opens into the stream."""
    journal = JetStreamJournal(cluster.nats.url, STREAM, cluster.folder / "waiting", Limits(min_free_percent=0))
    with closing(journal):
        wait_until(lambda: journal.is_shared, "the stream takes events")
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: journal.append(opens(cluster.tokens, TOGETHER)), range(many // TOGETHER)))


def fold(cluster: Cluster, running: list[Part], events: int) -> Took:
    """Let these projectors fold what waits, from their first events to the last."""
    with cluster.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    first, last = cluster.count(), cluster.last()
    ought = first + events
    for part in running:
        part.start()
    wait_until(lambda: cluster.count() > first, "it begins", 120)
    if len(running) > 1:
        wait_until(lambda: len(cluster.owners()) == 2 and "" not in cluster.owners(), "both have their share")
    there, log, begun = cluster.count(), log_written(cluster), time.monotonic()
    busy, served = sum(part.cpu_seconds() for part in running), cluster.postgres.cpu_seconds()
    wait_until(lambda: cluster.has_folded(last), "all is folded", 300)
    elapsed, folded = time.monotonic() - begun, ought - there
    assert cluster.count() == ought
    spent = sum(part.cpu_seconds() for part in running) - busy
    took = Took(
        folded / elapsed,
        (cluster.postgres.cpu_seconds() - served) / folded * 1e6,
        spent / folded * 1e6,
        (log_written(cluster) - log) / folded,
    )
    for part in running:
        part.kill(15)
    return took


def log_written(cluster: Cluster) -> int:
    """Bytes of write-ahead log there ever were."""
    with reading(cluster.engine) as connection:
        return int(connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one())


class Provider:
    """SendGrid, telling of mails that were sent and delivered, or failed: a hundred events in each request."""

    def __init__(self, cluster: Cluster) -> None:
        self._key, self._cluster = ec.generate_private_key(ec.SECP256R1()), cluster
        trust(cluster.engine, cluster.own, self._key)
        self._node = cluster.ingest("ingest")
        build_if_changed()
        web = cluster.web("web")  # tells the others what they have to know of tenants
        self._url = f"{self._node.url}/webhooks/sendgrid/default"
        self._events, self.told, self._spent = count(), 0, 0.0

        def knows() -> bool:
            return httpx.post(self._url, content=b"[]", headers=signed(self._key, b"[]")).status_code == 200

        wait_until(knows, "the node knows its endpoint")
        web.kill()
        wait_until(lambda: self._node.gauge("little_bell_journal_shared") == 1, "events go to NATS")

    def tell(self, many: int) -> None:
        """So many events."""
        before = self._node.cpu_seconds()
        with httpx.Client(timeout=60) as client:
            for _ in range(many // A_REQUEST):
                body = orjson.dumps([self._event(next(self._events)) for _ in range(A_REQUEST)])
                client.post(self._url, content=body, headers=signed(self._key, body)).raise_for_status()
        self.told += many
        self._spent += self._node.cpu_seconds() - before

    @property
    def cpu(self) -> float:
        """Microseconds of the node's CPU an event."""
        return self._spent / self.told * 1e6

    def _event(self, number: int) -> dict[str, object]:
        message, second = divmod(number, 2)
        failed = {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 The email account does not exist."}
        done = failed if message % 20 == 0 else {"event": "delivered", "response": "250 2.0.0 OK"}
        return {
            "email": f"reader-{message}@example.com",
            "timestamp": int(time.time()),
            "sg_event_id": os.urandom(16).hex(),
            "sg_message_id": f"14c5d75ce93dfd{message}.filterdrecv-5645d9c87f-78xpm-20-6567D8F5-5.0",
            "smtp-id": f"<14c5d75ce93.dfd.{message}@ismtpd-555>",
            "lb_token": self._cluster.tokens[message % len(self._cluster.tokens)],
            **(done if second else {"event": "processed"}),
        }
