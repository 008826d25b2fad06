"""How far counting of a shared journal is behind is known to those who don't count: web nodes, while every projector is dead."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from little_bell.api.context import Context, JournalFigures
from little_bell.api.metrics import as_builtins, make_registry
from little_bell.db import reading, writing
from little_bell.doctor.cluster import backlog_finding
from little_bell.domain.links import Addresses
from little_bell.domain.tokens import KeyRing
from little_bell.journal.backlog import Backlog
from little_bell.journal.link import Unreachable
from little_bell.models import now
from little_bell.models.tables import journal_partitions, journal_stream
from little_bell.queries.projection import shared_journal
from tests.deploy.conftest import DEPLOY
from tests.projector.conftest import open_of
from tests.projector.shared_post import SharedPost, eventually


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def metrics_of(shared: SharedPost, **context: Any) -> dict[str, float]:
    """What a web node shows that has written nothing itself."""
    ring = KeyRing(["k" * 32])
    known = {"backlog": shared.shared.backlog, **context}
    here = Context(shared.engine, shared.journal, ring, Addresses("http://bell.example", ring), shared.settings, **known)
    told = as_builtins(make_registry(here))
    return {name: metric["values"][0]["value"] for name, metric in told.items() if len(metric["values"]) == 1}


def test_a_web_node_shows_how_long_others_events_have_waited_while_no_projector_is_alive(shared: SharedPost) -> None:
    tokens = [f"token-no-{number}" for number in range(20)]
    shared.register(*tokens)
    assert metrics_of(shared)["little_bell_projection_lag_seconds"] == 0
    with shared.shared_out():
        shared.write(*(open_of(token) for token in tokens))
        shared.wait_until_folded()
    found = metrics_of(shared)
    assert (found["little_bell_projection_lag_seconds"], found["little_bell_projection_lag_batches"]) == (0, 0)
    for minute in range(3):
        shared.write(*(open_of(token, 70 + minute) for token in tokens))
    eventually(lambda: metrics_of(shared)["little_bell_projection_lag_seconds"] > 0.5)
    assert metrics_of(shared)["little_bell_projection_lag_batches"] == 9  # in each of three partitions
    with shared.shared_out():
        eventually(lambda: metrics_of(shared)["little_bell_projection_lag_batches"] == 0)
    assert metrics_of(shared)["little_bell_projection_lag_seconds"] == 0


def test_alerts_of_a_cluster_ask_for_what_a_web_node_of_it_shows(shared: SharedPost) -> None:
    asked = set(re.findall(r"\blittle_bell_\w+", (DEPLOY / "cluster" / "alerts.yml").read_text()))
    assert asked <= metrics_of(shared, journal_figures=lambda: JournalFigures(None, 0, True)).keys() and asked


def test_the_lag_of_one_dead_partition_is_that_of_all(shared: SharedPost) -> None:
    shared.register("token-one")
    with shared.shared_out():
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
    with writing(shared.engine) as connection:
        connection.execute(update(journal_partitions).where(journal_partitions.c.sequence > 0).values(sequence=0))
    assert metrics_of(shared)["little_bell_projection_lag_seconds"] > 0


def test_of_a_stream_that_isnt_the_one_that_was_folded_everything_waits(shared: SharedPost) -> None:
    shared.register("token-one")
    with shared.shared_out():
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
    with writing(shared.engine) as connection:
        connection.execute(update(journal_stream).values(alarm="it was made anew"))
    assert metrics_of(shared)["little_bell_projection_lag_batches"] == 1


def test_where_nats_cant_be_asked_the_other_numbers_are_shown(shared: SharedPost) -> None:
    def away(_folded: object) -> Backlog:
        raise Unreachable("no NATS server answers")

    found = metrics_of(shared, backlog=away)
    assert found["little_bell_database_up"] == 1 and "little_bell_projection_lag_batches" not in found


def test_the_doctor_says_what_waits(shared: SharedPost) -> None:
    shared.register("token-one")
    shared.write(open_of("token-one"))
    with reading(shared.engine) as connection:
        known = shared_journal(connection, now())
    assert known is not None
    assert "everything" in backlog_finding(shared.settings, known.folded).said
    eventually(lambda: "1 batches wait" in backlog_finding(shared.settings, known.folded, 0.1).said)
