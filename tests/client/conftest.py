"""A client of the real API, in this process, with a projector at work, on each kind of database."""

import asyncio
import hashlib
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from little_bell import AsyncClient, Client
from little_bell.actions.webhooks import EndpointForm, set_endpoint
from little_bell.api.context import Context
from little_bell.config import Settings
from little_bell.domain.events import Scope
from little_bell.journal.base import Position
from little_bell.journal.records import Receipt
from little_bell.projector.projector import Projector
from tests.api.conftest import app, context, journal, key_of, settings  # noqa: F401 - fixtures
from tests.fixtures.people import Person

URL = "http://bell.example:3000"


class InProcess(httpx.BaseTransport):
    """Carries requests to an ASGI application, and notes them."""

    def __init__(self, app: Any) -> None:  # noqa: F811
        self.inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return asyncio.run(self.carry(request))

    async def carry(self, request: httpx.Request) -> httpx.Response:
        answer = await self.inner.handle_async_request(
            httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        )
        body = b"".join([piece async for piece in answer.stream])  # type: ignore[union-attr]
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@pytest.fixture
def transport(app: Any) -> InProcess:  # noqa: F811
    return InProcess(app)


def key(engine: Engine, person: Person, *scopes: Scope) -> str:
    """A new API key of the person's tenant."""
    return key_of(engine, person, *scopes)["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def client(transport: InProcess, engine: Engine, alice: Person, projector: None) -> Iterator[Client]:
    """Alice's."""
    with Client(URL, key(engine, alice), transport=transport) as client:
        yield client


@pytest.fixture
def stranger(transport: InProcess, engine: Engine, charlie: Person, projector: None) -> Iterator[Client]:
    """Charlie's."""
    with Client(URL, key(engine, charlie), transport=transport) as client:
        yield client


@pytest.fixture
def delivery(context: Context, alice: Person) -> Position:  # noqa: F811
    """A webhook that Alice believed, of a message that she hadn't registered: its events found nobody. Where it stands in the journal."""
    with context.writing() as connection:
        form = EndpointForm(secret="a-long-secret-of-ours")
        set_endpoint(connection, alice.tenant_id, "generic", form, lambda text, _: text.encode(), lambda *_: None, "test")
    now = time.time_ns() // 1_000
    about = {"recipient": "user@example.com", "token": "my-own-token", "timestamp": now // 1_000_000 - 600}
    body = json.dumps([{"event": "delivered", "id": "e-1", **about}, {"event": "opened", "id": "e-2", **about}]).encode()
    kept = zlib.compress(body)
    digest = hashlib.sha256(body).hexdigest()
    return context.journal.append([Receipt(alice.tenant_id, "generic", "d-1", digest, now, {"user-agent": "test"}, kept, 2, [])])


@pytest.fixture
def asynchronous(app: Any, engine: Engine, alice: Person, projector: None) -> Callable[[], AsyncClient]:  # noqa: F811
    """Makes Alice's client for asyncio."""
    secret = key(engine, alice)
    return lambda: AsyncClient(URL, secret, transport=httpx.ASGITransport(app, raise_app_exceptions=False))


@pytest.fixture
def projector(engine: Engine, settings: Settings) -> Iterator[None]:  # noqa: F811
    """At work as long as the test."""
    projector = Projector(engine, settings)
    thread = threading.Thread(target=projector.run)
    thread.start()
    yield
    projector.stop()
    thread.join(20)
