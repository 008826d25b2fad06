"""A client of the real API, in this process, with a projector at work, on each kind of database."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from little_bell import AsyncClient, Client
from little_bell.config import Settings
from little_bell.domain.events import Scope
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
