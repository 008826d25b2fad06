"""An ingest node of a cluster: no database, and what it has to know of tenants is told by others."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from little_bell.config import Settings
from little_bell.domain.tokens import KeyRing
from little_bell.ingest.tenants import Endpoint, Snapshot
from little_bell.journal.board import Board
from little_bell.journal.link import Link
from little_bell.sealing import Sealing
from little_bell.server import Server
from little_bell.tenant_board import FILE, TenantBoard, dump, load
from tests.fixtures.nats import Nats, nats_servers

SECRET = "a secret that all nodes have"
SNAPSHOT = Snapshot(
    frozenset({3}), {("alice", "sendgrid"): Endpoint(1, (("whsec", None), ("old", 99.5)), False)}, {"alice": 1, "carol": 3}, frozenset({1}),
    {1: 500}, True,
)  # fmt: skip


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats_servers(tmp_path_factory.mktemp("nats")) as servers:
        yield servers


@pytest.fixture
def link(nats: Nats) -> Iterator[Link]:
    link = Link(nats.url)
    deadline = time.monotonic() + 20
    while not link.is_up and time.monotonic() < deadline:
        time.sleep(0.01)
    yield link
    link.close()


def board_of(link: Link, folder: Path, stream: str, secret: str = SECRET) -> TenantBoard:
    folder.mkdir(exist_ok=True)
    return TenantBoard(Board(link, stream, 1), Sealing(KeyRing([secret])), folder)


def test_a_snapshot_comes_back_from_its_text_as_it_was() -> None:
    assert load(dump(SNAPSHOT)) == SNAPSHOT and load(dump(Snapshot())) == Snapshot()


def test_what_web_nodes_tell_is_heard_and_kept_for_when_nobody_can_be_asked(link: Link, tmp_path: Path) -> None:
    web, node = board_of(link, tmp_path / "web", "told"), board_of(link, tmp_path / "node", "told")
    assert node.hear() == Snapshot()
    web.tell(SNAPSHOT)
    web.tell(SNAPSHOT)
    assert node.hear() == SNAPSHOT
    kept = tmp_path / "node" / FILE
    assert b"whsec" not in kept.read_bytes() and kept.stat().st_mode & 0o077 == 0
    link.close()
    assert board_of(link, tmp_path / "node", "told").hear() == SNAPSHOT, "after a restart, with nobody there"


def test_a_node_with_another_key_learns_nothing_and_goes_on(link: Link, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    board_of(link, tmp_path / "web", "sealed").tell(SNAPSHOT)
    assert board_of(link, tmp_path / "node", "sealed", "quite another secret").hear() == Snapshot()
    assert "same LITTLE_BELL_SECRET_KEY" in caplog.text


def test_without_database_and_without_cluster_readers_are_answered_and_the_api_says_that_it_cant(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=SECRET, journal_url="nats://127.0.0.1:9", journal_min_free_percent=0)
    server = Server(settings, is_ingest=True)

    async def ask() -> dict[str, Any]:
        await server.startup()
        transport = httpx.ASGITransport(app=server)
        async with httpx.AsyncClient(transport=transport, base_url="http://bell.example") as client:
            link = server.addresses.click_url(1, "some-token", "https://example.com/a")
            answers = {
                "pixel": await client.get("/track/pixel/some-token.gif"),
                "link": await client.get(link.partition("localhost:3000")[2]),
                "ready": await client.get("/ready"),
                "api": await client.get("/api/campaigns", headers={"Authorization": "Bearer lb_" + "k" * 43}),
                "unsigned": await client.get("/track/redirect/some-token?url=https://example.org/"),
            }
        await server.shutdown()
        return {name: answer.status_code for name, answer in answers.items()}

    assert asyncio.run(ask()) == {"pixel": 200, "link": 302, "ready": 200, "api": 503, "unsigned": 200}
    assert list((tmp_path / "journal").rglob("*.db"))
