"""A server in this process with Alice's and Charlie's endpoints, providers that talk to it, and a projector stepped by hand."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from little_bell.actions.campaigns import create_campaign
from little_bell.actions.forms import NewCampaign, NewMessage
from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.actions.messages import create_messages
from little_bell.actions.webhooks import EndpointForm, set_endpoint
from little_bell.config import Settings
from little_bell.db import reading, writing
from little_bell.models.tables import campaign_stats, message_events, messages, provider_events, webhook_receipts
from little_bell.projector.projector import Projector
from little_bell.providers import sns
from little_bell.server import Server
from tests.fixtures.people import Person
from tests.webhooks.senders import CERTIFICATE_URL, RSA_KEYS, SENDERS, Sender, Wire, certificate

BASE_URL = "http://bell.example"
_tokens = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    """What a provider got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """What the server may fetch, and what it did."""

    def __init__(self) -> None:
        self.pages = {CERTIFICATE_URL: certificate(RSA_KEYS[0])}
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise OSError("there is nothing")
        return self.pages[url]


class House:
    """The server, its database, and Alice in it."""

    def __init__(self, engine: Engine, settings: Settings, alice: Person, charlie: Person, web: Web) -> None:
        self.engine, self.settings, self.alice, self.charlie, self.web = engine, settings, alice, charlie, web
        with writing(engine) as connection:
            self.campaign_id = create_campaign(connection, alice.tenant_id, NewCampaign(name="News"), "tests")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.start()

    def start(self) -> None:
        self.server = Server(self.settings)
        desk = self.server._webhooks._desk
        object.__setattr__(desk, "fetch", self.web)
        self._run(self.server.startup())

    def stop(self) -> None:
        self._run(self.server.shutdown())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(30)

    def refresh(self) -> None:
        """What the server does every second."""
        self._run(self.server._refresh())

    def set_up(self, provider: str, secret: str, person: Person | None = None, **options: Any) -> None:
        """An owner sets an endpoint up, or changes its secret."""
        sealing, tenant_id = self.server.sealing, (person or self.alice).tenant_id
        with writing(self.engine) as connection:
            form = EndpointForm(secret=secret, **options)
            set_endpoint(connection, tenant_id, provider, form, sealing.seal, sealing.unseal, "tests")
        self.refresh()

    def register(self, *, recipient: str = "", person: Person | None = None, token: str | None = None) -> tuple[int, str, str]:
        """A message: its id, token and recipient."""
        number = next(_tokens)
        tenant_id, campaign_id = (person or self.alice).tenant_id, self.campaign_id
        with writing(self.engine) as connection:
            if person is not None:
                campaign_id = create_campaign(connection, tenant_id, NewCampaign(name="Theirs"), "tests")
            email = recipient or f"reader-{number}@example.com"
            new = NewMessage(campaign_id=campaign_id, recipient_email=email, tracking_token=token)
            made = create_messages(connection, tenant_id, [new])[0]
            row = connection.execute(select(messages.c.token).where(messages.c.id == made.id)).scalar_one()
        return made.id, row, email

    def post(self, path: str, wire: Wire, method: str = "POST") -> Answer:
        """The answer to a request."""
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in wire.headers.items()],
            "client": ("192.0.2.9", 1234),
        }
        pieces = [wire.body[start : start + 65_536] for start in range(0, len(wire.body), 65_536)] or [b""]
        waiting = [{"type": "http.request", "body": piece, "more_body": n < len(pieces)} for n, piece in enumerate(pieces, 1)]

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return waiting.pop(0)

        self._run(self.server(scope, receive, send))
        start, body = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body)

    def tell(self, sender: Sender, *events: dict[str, Any], slug: str = "alice", secret: int = 0) -> Answer:
        """A provider reports events."""
        return self.post(f"/webhooks/{sender.name}/{slug}", sender.send(*events, secret=secret))

    def fold(self) -> None:
        """Everything that was journaled is counted, as far as it can be."""
        Projector(self.engine, self.settings).run_once()

    def rows(self, statement: Any) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(statement))

    def message(self, message_id: int) -> Any:
        return self.rows(select(messages).where(messages.c.id == message_id))[0]

    def events(self, message_id: int) -> list[Any]:
        return self.rows(select(message_events).where(message_events.c.message_id == message_id).order_by(message_events.c.id))

    def stats(self, *names: str) -> tuple[int, ...]:
        found = self.rows(select(*(campaign_stats.c[name] for name in names)).where(campaign_stats.c.campaign_id == self.campaign_id))
        return tuple(found[0]) if found else (0,) * len(names)

    def receipts(self) -> list[Any]:
        return self.rows(select(webhook_receipts).order_by(webhook_receipts.c.id))

    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows(select(provider_events.c.outcome))]

    def key(self, person: Person, **form: Any) -> dict[str, str]:
        """The headers of a program of somebody's."""
        with writing(self.engine) as connection:
            made = create_key(connection, person.tenant_id, NewKeyForm(name="program", **form), "tests")
        return {"authorization": f"Bearer {made.secret}", "content-type": "application/json"}


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(database=database, data_dir=tmp_path, secret_key="a secret key for tests " * 2, public_url=BASE_URL)


@pytest.fixture
def house(engine: Engine, settings: Settings, alice: Person, charlie: Person) -> Iterator[House]:
    sns._known.clear()
    house = House(engine, settings, alice, charlie, Web())
    yield house
    house.close()


@pytest.fixture(params=sorted(SENDERS))
def sender(request: pytest.FixtureRequest) -> Sender:
    """Each provider in turn."""
    return SENDERS[request.param]


@pytest.fixture
def set_up(house: House, sender: Sender) -> Sender:
    """The provider, with endpoints of Alice's and of Charlie's."""
    house.set_up(sender.name, sender.secrets[0])
    house.set_up(sender.name, sender.secrets[2], house.charlie)
    return sender


Wait = Callable[[Callable[[], bool]], None]


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns once the condition holds; fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
