"""Longer troubles: a projector that was away catches up, a full stream pushes back, a cut network is an outage like others."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from nats.js.errors import APIError

from little_bell.journal.partitions import RESOLVING
from little_bell.journal.records import encode
from little_bell.journal.stream import seal_packet, subject_of
from tests.cluster.cluster import STREAM, Cluster
from tests.cluster.conftest import more_answered, reading_mail
from tests.cluster.parts import wait_until


@pytest.mark.cluster
def test_a_projector_that_was_away_catches_up_while_readers_go_on(cluster: Cluster) -> None:
    projector = cluster.projector("projector")
    wait_until(cluster.has_stream, "the stream is made")
    node = cluster.ingest("ingest")
    with reading_mail(cluster, node.port, clients=8, pause=0.03) as (answers,):
        more_answered(answers, 500)
        projector.kill()
        began, before = time.monotonic(), len(answers.answered)
        wait_until(lambda: time.monotonic() - began > 20, "the projector was away for 20 s")
        behind = len(answers.answered) - cluster.count()
        arriving = (len(answers.answered) - before) / (time.monotonic() - began)
        began = time.monotonic()
        projector.start()
        start = len(answers.answered)
        taken = wait_until(lambda: len(answers.answered) - cluster.count() < arriving, "it has caught up", 180)
        folded = behind + len(answers.answered) - start
        print(f"{behind} behind; {folded / taken:.0f} folded a second, start included, while {arriving:.0f} arrived")
    assert folded / taken > arriving
    cluster.wait_until_folded(answers)
    cluster.assert_exact(answers)


@pytest.mark.cluster
def test_a_full_stream_pushes_back_and_loses_nothing(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path, nodes=1, stream_bytes=10_000_000)
    try:
        projector = cluster.projector("projector")
        wait_until(cluster.has_stream, "the stream is made")
        node = cluster.ingest("ingest")
        projector.kill()
        with reading_mail(cluster, node.port) as (answers,):
            fill(cluster)
            wait_until(lambda: gauge(node.port, "little_bell_journal_shared") == 0, "events wait on the node's disk")
            more_answered(answers, 300)
            assert answers.statuses.keys() == {200, 302} and drops(node.port) == 0
        projector.start()
        wait_until(lambda: gauge(node.port, "little_bell_journal_shared") == 1, "there is room again", 120)
        cluster.wait_until_folded(answers)
        cluster.assert_exact(answers)
    finally:
        cluster.close()


def fill(cluster: Cluster) -> None:
    """Until the stream takes no more: an empty packet, and then ballast under its number, which nobody looks into."""
    jetstream, packet = cluster.link.client.jetstream(timeout=10), seal_packet("f" * 32, 1, 0, encode([]))

    async def publish() -> None:
        await jetstream.publish(subject_of(STREAM, RESOLVING), packet)
        while True:
            await jetstream.publish(subject_of(STREAM, RESOLVING), packet + bytes(400_000))

    with pytest.raises(APIError, match="maximum bytes exceeded"):
        cluster.link.call(publish(), 60)


def gauge(port: int, name: str) -> float:
    told = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": "application/json"}, timeout=5).json()
    return float(told[name]["values"][0]["value"])


def drops(port: int) -> float:
    told = httpx.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": "application/json"}, timeout=5).json()
    return float(sum(one["value"] for one in told.get("little_bell_drops", {}).get("values", ()) if one["name"].endswith("_total")))


class Wire:
    """A TCP proxy in front of a NATS server, that can be cut: connections stay open, and nothing comes through."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._is_cut = False
        self._sockets: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self) -> None:
        self._is_cut = True

    def mend(self) -> None:
        """A network that comes back has forgotten its connections."""
        for each in self._sockets:
            with suppress(OSError):
                each.close()
        self._sockets.clear()
        self._is_cut = False

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join(5)
        self._listener.close()
        self.mend()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                if self._is_cut:
                    self._sockets.append(ours)  # it hangs
                    continue
                self._sockets.append(ours)
                theirs = socket.create_connection(("127.0.0.1", self._target))
                self._sockets.append(theirs)
                for source, sink in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self._is_cut:
                    return
                sink.sendall(data)
        if not self._is_cut:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)


@contextmanager
def wires(cluster: Cluster) -> Iterator[list[Wire]]:
    made = [Wire(node.port) for node in cluster.nats.nodes]
    try:
        yield made
    finally:
        for wire in made:
            wire.close()


@pytest.mark.cluster
def test_a_network_that_is_cut_between_ingest_and_nats_is_noticed_by_no_reader(cluster: Cluster) -> None:
    cluster.projector("projector")
    wait_until(cluster.has_stream, "the stream is made")
    with wires(cluster) as cables:
        url = "nats://" + ",".join(f"127.0.0.1:{wire.port}" for wire in cables)
        node = cluster.ingest("ingest", LITTLE_BELL_JOURNAL_URL=url)
        with reading_mail(cluster, node.port) as (answers,):
            more_answered(answers, 200)
            for wire in cables:
                wire.cut()
            more_answered(answers, 500)
            assert gauge(node.port, "little_bell_journal_shared") == 0
            for wire in cables:
                wire.mend()
            wait_until(lambda: gauge(node.port, "little_bell_journal_shared") == 1, "events go to the cluster again")
            more_answered(answers, 200)
    assert answers.broken == 0 and answers.statuses.keys() == {200, 302} and answers.slowest < 3.0
    cluster.wait_until_folded(answers)
    cluster.assert_exact(answers)
