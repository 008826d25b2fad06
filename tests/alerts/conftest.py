"""Campaigns as the rollups tell of them, a clock that can be set, and a real receiver of webhooks and of mail."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign
from little_bell.alerts.watch import Watch
from little_bell.config import Settings
from little_bell.db import reading, writing
from little_bell.domain.tokens import KeyRing
from little_bell.models.tables import alert_deliveries, alerts, campaign_stats, cohort_quarters, event_quarters
from little_bell.projector.write import upsert
from little_bell.sealing import Sealing
from tests.fixtures.app import free_port
from tests.fixtures.people import Person

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A time that stands until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **more: float) -> None:
        self.now += timedelta(**more)


@dataclass
class Mail:
    """A tenant's campaigns: what a fold would add to the rollups, written as it writes them."""

    engine: Engine
    clock: Clock
    fold: int = 0

    def campaign(self, person: Person, name: str) -> int:
        with writing(self.engine) as connection:
            return create_campaign(connection, person.tenant_id, NewCampaign(name=name), "test")

    def add(self, person: Person, campaign_id: int, at: datetime | None = None, opens: int = 0, **counts: int) -> None:
        """What became of messages that were sent at a time, now or then; and human opens of now."""
        self.fold += 1
        key = {"tenant_id": person.tenant_id, "campaign_id": campaign_id}
        with writing(self.engine) as connection:
            upsert(connection, campaign_stats, [{**key, "changed_in": self.fold, **counts}], add=[*counts], put=["changed_in"])
            if counts:
                sent_in = {"quarter": _quarter(at or self.clock.now)}
                upsert(connection, cohort_quarters, [{**key, **sent_in, **counts}], add=[*counts])
            if opens:
                upsert(
                    connection, event_quarters, [{**key, "quarter": _quarter(self.clock.now), "human_opens": opens}], add=["human_opens"]
                )


def _quarter(when: datetime) -> datetime:
    return when.replace(minute=when.minute // 15 * 15, second=0, microsecond=0)


@dataclass
class Receiver:
    """An HTTP server that keeps what it is sent, and answers what it is told to."""

    url: str = ""
    status: int = 204
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(it.status)
            if it.location:
                self.send_header("Location", it.location)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}/hook?from=bell"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield it
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Letters:
    """What an SMTP server took; `refusal` is what it answers instead."""

    port: int = 0
    refusal: str = ""
    got: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the name is aiosmtpd's
        if self.refusal:
            return self.refusal
        self.got.append(envelope)
        return "250 taken"


@pytest.fixture
def letters() -> Iterator[Letters]:
    it = Letters()
    it.port = free_port()
    controller = Controller(it, hostname="127.0.0.1", port=it.port)
    controller.start()
    yield it
    controller.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mail(engine: Engine, clock: Clock) -> Mail:
    return Mail(engine, clock)


@pytest.fixture
def sealing() -> Sealing:
    return Sealing(KeyRing(["a secret key for tests " * 2]))


WatchMaker = Callable[..., Watch]


@pytest.fixture
def watch(engine: Engine, database: str, tmp_path: Path, sealing: Sealing, clock: Clock) -> WatchMaker:
    """A process that watches, as each server has one."""

    def make(**settings: Any) -> Watch:
        own = {"database": database, "data_dir": tmp_path, "public_url": "https://bell.example", "alert_private_networks": True}
        return Watch(engine, Settings(**{**own, **settings}), sealing, clock)

    return make


@pytest.fixture
def look(watch: WatchMaker, clock: Clock) -> Callable[..., None]:
    """A minute later somebody looks."""

    def one(**later: float) -> None:
        clock.forward(**(later or {"seconds": 61}))
        assert watch().look()

    return one


@pytest.fixture
def raised(engine: Engine) -> Callable[[], list[tuple[str, str, bool]]]:
    """All alerts: kind, subject, whether it is open."""

    def all_of_them() -> list[tuple[str, str, bool]]:
        with reading(engine) as connection:
            rows = connection.execute(select(alerts).order_by(alerts.c.id)).all()
        return [(row.kind, row.subject, row.resolved_at is None) for row in rows]

    return all_of_them


@pytest.fixture
def told(engine: Engine) -> Callable[[], list[Any]]:
    """All deliveries."""

    def all_of_them() -> list[Any]:
        with reading(engine) as connection:
            return list(connection.execute(select(alert_deliveries).order_by(alert_deliveries.c.id)).all())

    return all_of_them
