"""The API on both databases, with a real journal and, where a test asks for it, the real projector."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from little_bell.actions.keys import NewKeyForm, create_key
from little_bell.api.app import make_api
from little_bell.api.context import Context
from little_bell.config import Settings
from little_bell.db import writing
from little_bell.domain.events import Scope
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.instance import journals_of
from little_bell.journal.local import LocalJournal
from little_bell.projector.projector import Projector
from tests.fixtures.people import Person

#: For tables of refusals: what is refused before any database is asked needs no second one.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
BASE_URL = "http://bell.example:3000"


class Http:
    """A client that talks to an ASGI application in this process, and keeps its cookies."""

    def __init__(self, app: Any, headers: dict[str, str] | None = None, address: str = "127.0.0.1") -> None:
        self.app, self.headers, self.address = app, headers or {}, address
        self.cookies = httpx.Cookies()

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        return asyncio.run(self._send(method, path, {**self.headers, **(headers or {})}, options))

    async def _send(self, method: str, path: str, headers: dict[str, str], options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=headers, **options)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self("POST", path, **options)

    def patch(self, path: str, **options: Any) -> httpx.Response:
        return self("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self("DELETE", path, **options)


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return Settings(database=database, data_dir=tmp_path, secret_key="a secret key for tests " * 2, public_url=BASE_URL)


@pytest.fixture
def journal(engine: Engine, settings: Settings) -> Iterator[LocalJournal]:
    journal = LocalJournal(journals_of(engine, settings.data_dir))
    yield journal
    journal.close()


@pytest.fixture
def context(engine: Engine, journal: LocalJournal, settings: Settings) -> Context:
    ring = KeyRing([settings.secret_key])
    return Context(engine, journal, ring, Addresses(BASE_URL, ring), settings, why_full=journal.why_full)


@pytest.fixture
def app(context: Context) -> Any:
    return make_api(context)


def key_of(engine: Engine, person: Person, *scopes: Scope) -> dict[str, str]:
    """The headers of a client with a new key of the person's tenant."""
    form = NewKeyForm(name="test", scopes=scopes or tuple(Scope))
    with writing(engine) as connection:
        return {"Authorization": f"Bearer {create_key(connection, person.tenant_id, form, person.email).secret}"}


@pytest.fixture
def api(app: Any, engine: Engine, alice: Person) -> Http:
    """Alice's program."""
    return Http(app, key_of(engine, alice))


@pytest.fixture
def stranger(app: Any, engine: Engine, charlie: Person) -> Http:
    """Charlie's program."""
    return Http(app, key_of(engine, charlie))


@pytest.fixture
def visitor(app: Any) -> Http:
    """A client without a key."""
    return Http(app)


@pytest.fixture
def fold(engine: Engine, settings: Settings) -> Callable[[], None]:
    """Folds what was journaled, as the projector's process does all the time."""
    return Projector(engine, settings).run_once


@pytest.fixture
def campaign(api: Http) -> int:
    """The id of a campaign of Alice's."""
    return int(api.post("/api/campaigns", json={"name": "Spring"}).json()["id"])


@pytest.fixture
def message(api: Http, campaign: int) -> dict[str, Any]:
    """What a sender is told of a message of Alice's."""
    answer = api.post("/api/messages", json={"campaign_id": campaign, "recipient_email": "reader@example.com"})
    return dict(answer.json())


def error_of(answer: httpx.Response) -> tuple[int, str, str | None]:
    """The status, the code and the field of an error, which has nothing else but a message."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "field"}
    assert error["message"]
    return answer.status_code, error["code"], error["field"]
