"""Each part of a cluster is killed under load and started again: no reader sees it, and every answered event counts exactly once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from little_bell.journal.link import Link
from little_bell.projector.projector import LOOPS
from little_bell.web_build import build_if_changed
from tests.cluster.browsing import LivePage
from tests.cluster.cluster import STREAM, Cluster
from tests.cluster.conftest import more_answered, reading_mail
from tests.cluster.parts import passes, wait_until
from tests.fixtures.nats import NatsNode

pytestmark = pytest.mark.cluster

#: Whoever reads mail sees an image that takes longer; the answers of GroupCommit come within two seconds on a machine that isn't busy.
NOBODY_WAITS = 10.0
#: More than readers open while the test runs: so each of them moves the number of messages that were opened.
MESSAGES = 30_000
#: Of PostgreSQL's sessions: those that wait for another's lock. A fold that does is in its middle.
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three NATS nodes, PostgreSQL and Redis, without anybody who writes or folds."""
    build_if_changed()
    cluster = Cluster(tmp_path, messages=MESSAGES)
    try:
        yield cluster
    finally:
        cluster.close()


def leader_of(cluster: Cluster) -> NatsNode:
    """The NATS server that leads the stream."""

    async def ask(link: Link) -> str:
        info = await link.client.jetstream().stream_info(STREAM)
        assert info.cluster is not None
        return info.cluster.leader or ""

    name = cluster.link.call(ask(cluster.link), 10)
    return next(node for node in cluster.nats.nodes if node.name == name)


@contextmanager
def folding_stopped(cluster: Cluster) -> Iterator[None]:
    """Until the block ends, every fold stops at the campaign's sums, with its events written and nothing committed."""
    with cluster.engine.connect() as connection:
        connection.execute(text("SELECT * FROM campaign_stats FOR UPDATE"))
        with cluster.engine.connect() as watching:

            def all_stopped() -> bool:
                watching.rollback()
                return bool(watching.execute(WAITING).scalar_one() >= 2 * LOOPS)

            wait_until(all_stopped, "both projectors are in mid-batch")
        yield
        connection.rollback()


def test_every_part_is_killed_in_turn_and_nothing_that_was_answered_is_lost(cluster: Cluster, browser: Browser) -> None:
    first, second = cluster.projector("projector-1"), cluster.projector("projector-2")
    steady_web, doomed_web = cluster.web("web-1"), cluster.web("web-2")
    wait_until(cluster.has_stream, "the stream is made")
    steady, doomed = cluster.ingest("ingest-1"), cluster.ingest("ingest-2")
    wait_until(lambda: len(cluster.owners()) == 2 and "" not in cluster.owners(), "both projectors have their share")
    page = LivePage(browser, steady_web, cluster.campaign_id)
    lags: dict[str, float] = {}
    with reading_mail(cluster, steady.port, doomed.port, clients=4, pause=0.04) as (of_steady, of_doomed):

        def settled(after: str) -> None:
            more_answered(of_steady, 50)
            answered = set(of_steady.answered) | set(of_doomed.answered)
            lags[after] = wait_until(lambda: not answered - cluster.stored().keys(), f"lag is back at zero after {after}", 120)
            page.moves(after)

        settled("the start")
        leader = leader_of(cluster)
        leader.kill()
        more_answered(of_steady, 100)
        leader.start()
        settled("a dead NATS leader")

        doomed.kill()
        more_answered(of_steady, 50)
        doomed.start()
        doomed.wait_until_healthy()
        more_answered(of_doomed, 20)
        settled("a dead ingest node")

        with folding_stopped(cluster):
            first.kill()
        wait_until(lambda: (steady_web.gauge("little_bell_projection_lag_seconds") or 0) > 0.5, "a web node sees the lag")
        first.start()
        settled("a dead projector")

        doomed_web.kill()
        if cluster.redis is not None:  # it is where it can be installed
            cluster.redis.kill()
        more_answered(of_steady, 50)
        if cluster.redis is not None:
            cluster.redis.start()
        settled("dead Redis, and a dead web node")
        doomed_web.start()
        doomed_web.wait_until_healthy()

        cluster.postgres.kill()
        passes(20)
        cluster.postgres.start()
        settled("20 s without PostgreSQL")

        for node in cluster.nats.nodes:
            node.kill()
        passes(10)
        for node in cluster.nats.nodes:
            node.start()
        settled("10 s without NATS")
    assert of_steady.broken == 0 and of_steady.statuses.keys() == {200, 302}
    assert of_steady.slowest < NOBODY_WAITS
    cluster.wait_until_folded()
    wait_until(lambda: len(cluster.owners()) == 2 and "" not in cluster.owners(), "both projectors fold again")
    assert second.process is not None and second.process.poll() is None
    for node in (steady_web, doomed_web):
        wait_until(lambda node=node: node.gauge("little_bell_projection_lag_batches") == 0, "nothing waits")  # type: ignore[misc]
    cluster.assert_exact()
    page.shows(f"{cluster.opened():,}")
    page.close()
    print({name: f"{seconds:.1f} s" for name, seconds in lags.items()}, f"slowest answer {of_steady.slowest:.2f} s")
