"""Each part of a cluster is killed under load and started again: no reader sees it, and every answered event counts exactly once."""

import time

import pytest

from little_bell.journal.link import Link
from tests.cluster.cluster import STREAM, Cluster
from tests.cluster.conftest import more_answered, reading_mail
from tests.cluster.parts import wait_until
from tests.fixtures.nats import NatsNode

#: Readers who wait longer than that would see it: the answers of GroupCommit come within two seconds whatever happens.
NOBODY_WAITS = 3.0


def leader_of(cluster: Cluster) -> NatsNode:
    """The NATS server that leads the stream."""

    async def ask(link: Link) -> str:
        info = await link.client.jetstream().stream_info(STREAM)
        assert info.cluster is not None
        return info.cluster.leader or ""

    name = cluster.link.call(ask(cluster.link), 10)
    return next(node for node in cluster.nats.nodes if node.name == name)


@pytest.mark.cluster
def test_every_part_is_killed_in_turn_and_nothing_that_was_answered_is_lost(cluster: Cluster) -> None:
    first, second = cluster.projector("projector-1"), cluster.projector("projector-2")
    wait_until(cluster.has_stream, "the stream is made")
    steady, doomed = cluster.ingest("ingest-1"), cluster.ingest("ingest-2")
    wait_until(lambda: len(cluster.owners()) == 2 and "" not in cluster.owners(), "both projectors have their share")
    lags: dict[str, float] = {}
    with reading_mail(cluster, steady.port, doomed.port) as (of_steady, of_doomed):

        def settled(after: str) -> None:
            more_answered(of_steady, 100)
            answered = set(of_steady.answered) | set(of_doomed.answered)
            lags[after] = wait_until(lambda: not answered - cluster.stored().keys(), f"lag is back at zero after {after}", 90)

        more_answered(of_steady, 200)
        leader = leader_of(cluster)
        leader.kill()
        more_answered(of_steady, 300)
        leader.start()
        settled("a dead NATS leader")

        doomed.kill()
        more_answered(of_steady, 200)
        doomed.start()
        doomed.wait_until_healthy()
        more_answered(of_doomed, 50)
        settled("a dead ingest node")

        first.kill()
        more_answered(of_steady, 200)
        first.start()
        settled("a dead projector")

        cluster.postgres.kill()
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 20, "PostgreSQL was away for 20 s")
        cluster.postgres.start()
        settled("20 s without PostgreSQL")

        for node in cluster.nats.nodes:
            node.kill()
        began = time.monotonic()
        wait_until(lambda: time.monotonic() - began > 10, "NATS was away for 10 s")
        for node in cluster.nats.nodes:
            node.start()
        settled("10 s without NATS")
    assert of_steady.broken == 0 and of_steady.statuses.keys() == {200, 302}
    assert of_steady.slowest < NOBODY_WAITS
    cluster.wait_until_folded(of_steady, of_doomed)
    wait_until(lambda: len(cluster.owners()) == 2 and "" not in cluster.owners(), "both projectors fold again")
    assert second.process is not None and second.process.poll() is None
    cluster.assert_exact(of_steady, of_doomed)
    print({name: f"{seconds:.1f} s" for name, seconds in lags.items()}, f"slowest answer {of_steady.slowest:.2f} s")
