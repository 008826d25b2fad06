"""A projector that was away for a minute catches up while readers go on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster, catch_up
from tests.cluster.conftest import reading_mail
from tests.cluster.parts import wait_until

pytestmark = pytest.mark.cluster

AWAY_SECONDS = 60


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """One NATS node: this is about the projector."""
    cluster = Cluster(tmp_path, nodes=1)
    try:
        yield cluster
    finally:
        cluster.close()


def test_a_projector_that_was_away_for_a_minute_catches_up_while_readers_go_on(cluster: Cluster) -> None:
    projector = cluster.projector("projector")
    wait_until(cluster.has_stream, "the stream is made")
    node = cluster.ingest("ingest")
    with reading_mail(cluster, node.port, clients=6, pause=0.03) as (answers,):
        done = catch_up(cluster, projector, answers, AWAY_SECONDS)
    print(done)
    assert done.behind > 0 and done.ratio > 1  # the benchmark says how much more: here the machine may be busy
    cluster.wait_until_folded()
    cluster.assert_exact()
