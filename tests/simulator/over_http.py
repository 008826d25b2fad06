"""The same requests through a real server: agent, address, method and headers go the whole way, only the hour is the scenario's."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from little_bell.domain.links import Addresses
from little_bell.instance import journals_of
from little_bell.journal.reader import JournalReader, journal_names
from little_bell.journal.records import Hit, Record, decode
from little_bell.secret_key import key_ring
from tests.bench import processes
from tests.bench.houses import House
from tests.simulator.scene import PIXEL, Request
from tests.simulator.stage import TENANT, Stage, at_its_time, url_of


def journaled_by_a_server(stage: Stage) -> list[Record]:
    """Have a server hear every request, one after the other; what it journaled, at the scenario's times."""
    requests = stage.requests()
    house = House(stage.house.data_dir, processes.free_port())
    settings = house.environment | {"LITTLE_BELL_TRUSTED_PROXIES": "127.0.0.1/32"}
    with processes.process("little_bell.web_server", "ingest", environment=settings) as server:
        processes.wait_for_pixel(house.port, server)
        _send(house, requests)
    heard = [hit for hit in _journaled(house) if hit.token in stage.letters]  # not the pixel that was waited for
    assert len(heard) == len(requests)
    for hit, (token, request) in zip(heard, requests, strict=True):
        assert (hit.token, hit.address, hit.agent) == (token, request.address, request.agent)
    return [at_its_time(hit, request) for hit, (_, request) in zip(heard, requests, strict=True)]


def _send(house: House, requests: list[tuple[str, Request]]) -> None:
    addresses = Addresses("", key_ring(house.settings))
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)) as connection:
        for token, request in requests:
            is_open = request.link == PIXEL
            path = f"/track/pixel/{token}.gif" if is_open else _path(addresses.click_url(TENANT, token, url_of(request.link)))
            headers = {"User-Agent": request.agent, "X-Forwarded-For": request.address, **dict(request.headers)}
            connection.request(request.method, path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == (200 if is_open else 302), f"{request.method} {path} was answered with {answer.status}"


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def _journaled(house: House) -> Iterator[Hit]:
    """All hits that are in the house's journals, which are then taken out of the projector's way."""
    with house.engine() as engine:
        root = journals_of(engine, house.data_dir)
    for name in journal_names(root):
        with closing(JournalReader(root, name)) as reader:
            while batches := reader.read(10_000):
                for batch in batches:
                    yield from (record for record in decode(batch.body()) if isinstance(record, Hit))
        (root / name).rename(root / f".heard-{name}")
