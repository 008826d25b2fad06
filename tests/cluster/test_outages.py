"""A full disk of JetStream pushes back, and a network that is cut is an outage like others: events wait on the ingest node's disk."""

from collections.abc import Iterator

import pytest
from nats.js.errors import APIError

from little_bell.journal.partitions import RESOLVING
from little_bell.journal.records import encode
from little_bell.journal.stream import seal_packet, subject_of
from tests.cluster.cables import a_cable
from tests.cluster.cluster import STREAM, Cluster
from tests.cluster.conftest import more_answered, reading_mail
from tests.cluster.parts import wait_until

pytestmark = pytest.mark.cluster

SHARED = "little_bell_journal_shared"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One NATS node that can be reached from another network, with little room, and a projector."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"), nodes=1, stream_bytes=10_000_000, host="0.0.0.0")
    try:
        cluster.projector("projector")
        wait_until(cluster.has_stream, "the stream is made")
        yield cluster
    finally:
        cluster.close()


def test_a_network_that_is_cut_between_ingest_and_nats_is_noticed_by_no_reader(cluster: Cluster) -> None:
    with a_cable(cluster) as cable:
        print(f"cut is {cable.kind}")
        node = cable.ingest("ingest-far")
        wait_until(lambda: node.gauge(SHARED) == 1, "events go to the cluster")
        with reading_mail(cluster, node.port, host=node.host) as (answers,):
            more_answered(answers, 100)
            cable.cut()
            wait_until(lambda: node.gauge(SHARED) == 0, "the cut is noticed")
            more_answered(answers, 200)
            assert not set(answers.answered) <= cluster.stored().keys(), "something waits here"
            cable.mend()
            wait_until(lambda: node.gauge(SHARED) == 1, "events go to the cluster again")
            more_answered(answers, 100)
        node.kill()
    assert answers.broken == 0 and answers.statuses.keys() == {200, 302}
    cluster.wait_until_folded()
    cluster.assert_exact()


def test_a_full_stream_pushes_back_and_loses_nothing(cluster: Cluster) -> None:
    [projector] = [part for part in cluster.parts if part.name == "projector"]
    node = cluster.ingest("ingest")
    wait_until(lambda: node.gauge(SHARED) == 1, "events go to the cluster")
    projector.kill()
    with reading_mail(cluster, node.port) as (answers,):
        fill(cluster)
        wait_until(lambda: node.gauge(SHARED) == 0, "events wait on the node's disk")
        more_answered(answers, 200)
        assert answers.statuses.keys() == {200, 302} and node.gauge("little_bell_drops") == 0
    projector.start()
    wait_until(lambda: node.gauge(SHARED) == 1, "there is room again", 180)
    cluster.wait_until_folded()
    cluster.assert_exact()


def fill(cluster: Cluster) -> None:
    """Until the stream takes no more: an empty packet, and then ballast under its number, which nobody looks into."""
    jetstream, packet = cluster.link.client.jetstream(timeout=10), seal_packet("f" * 32, 1, 0, encode([]))

    async def publish() -> None:
        await jetstream.publish(subject_of(STREAM, RESOLVING), packet)
        while True:
            await jetstream.publish(subject_of(STREAM, RESOLVING), packet + bytes(400_000))

    with pytest.raises(APIError, match="maximum bytes exceeded"):
        cluster.link.call(publish(), 60)
