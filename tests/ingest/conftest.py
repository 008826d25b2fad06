"""Mail clients that talk ASGI to a server in this process, and what its journal then holds."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from little_bell.config import Settings
from little_bell.journal.reader import JournalReader
from little_bell.journal.records import Hit, decode
from little_bell.server import Server

BASE_URL = "http://bell.example"
PEER = "192.0.2.9"
TOKEN = "a-token-of-some-message"


@dataclass(frozen=True)
class Answer:
    """What a mail client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str | None:
        return self.headers.get("location")

    @property
    def asks(self) -> bool:
        """Whether this is the interstitial."""
        return self.status == 200 and "Do you want to go there?" in self.text and self.location is None


class Reader:
    """A mail client, and the server it talks to."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._run(server.startup())

    def close(self) -> None:
        self._run(self.server.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(20)

    def ask(self, method: str, target: str, headers: dict[str, str] | None = None, peer: str = PEER) -> Answer:
        """The answer to a request for a path with its query, or for a whole URL of ours."""
        path, _, query = target.removeprefix(BASE_URL).partition("?")
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode("utf-8", "surrogateescape"),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
            "client": (peer, 1234),
        }

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        self._run(self.server(scope, receive, send))
        start, body = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
        names = [name.decode() for name, _ in start["headers"]]
        assert len(names) == len(set(names)), "a header is there twice"
        return Answer(start["status"], {name.decode(): value.decode("latin-1") for name, value in start["headers"]}, body)

    def get(self, target: str, headers: dict[str, str] | None = None, peer: str = PEER) -> Answer:
        return self.ask("GET", target, headers, peer)

    def hits(self) -> list[Hit]:
        """What is journaled by now."""
        journal, found = self.server._own, []
        reader = JournalReader(journal._root, journal.name)
        while batches := reader.read(1_000):
            found += [record for batch in batches for record in decode(batch.body()) if isinstance(record, Hit)]
        reader.close()
        return found

    @property
    def drops(self) -> dict[str, int]:
        return dict(self.server.counters.drops)

    def click_url(self, url: str, token: str = TOKEN, tenant_id: int = 1) -> str:
        """A signed link, as it stands in a mail."""
        signed = self.server.addresses.click_url(tenant_id, token, url)
        assert urlsplit(signed).path == f"/track/redirect/{token}"
        return signed


Start = Callable[..., Reader]


@pytest.fixture
def database_url(sqlite_database: str) -> str:
    """Which database is behind; the reader's path is the same on both."""
    return sqlite_database


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts servers with other settings."""
    readers: list[Reader] = []

    def start_one(**settings: Any) -> Reader:
        given = {"database": database_url, "data_dir": tmp_path / "data", "secret_key": "k" * 32, "public_url": BASE_URL} | settings
        readers.append(Reader(Server(Settings(**given))))
        return readers[-1]

    yield start_one
    for reader in readers:
        reader.close()


@pytest.fixture
def reader(start: Start) -> Reader:
    """A mail client of a usual server."""
    return start()
