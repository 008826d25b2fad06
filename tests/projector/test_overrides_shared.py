"""What somebody says of an event, where several projectors share the journal: it reaches the one that folds its message, once."""

import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from little_bell.db import reading
from little_bell.journal.partitions import partition_of_token
from little_bell.journal.records import Override
from little_bell.models.tables import event_overrides, message_events
from little_bell.projector.lists import read_lists
from little_bell.projector.rejudge import Rejudging
from little_bell.queries.overrides import name_event
from tests.projector.conftest import open_of
from tests.projector.shared_post import PARTITIONS, SharedPost

NOW = time.time_ns() // 1_000
TOKENS = [f"overruled-{number}" for number in range(9)]


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def words(post: SharedPost, verdict: str, at: int) -> list[Override]:
    """The same said of every event, as a web node journals it."""
    with reading(post.engine) as connection:
        named = [name_event(connection, post.tenant_id, event_id) for (event_id,) in post.rows(select(message_events.c.id))]
    by = (verdict, at, "api", "ann@example.com", "")
    return [Override(post.tenant_id, one.message_id, one.event_at, one.mark, *by, one.token) for one in named]


def judged(post: SharedPost) -> Counter[tuple[str, bool]]:
    """How many events have which verdict, and whether because somebody said so."""
    rows: list[Any] = post.rows(select(message_events.c.verdict, message_events.c.reasons))
    return Counter((verdict, "said_" in reasons) for verdict, reasons in rows)


def test_a_word_on_an_event_reaches_its_projector_once_and_stands_whatever_comes_after(shared: SharedPost) -> None:
    shared.register(*TOKENS)
    assert len({partition_of_token(token, PARTITIONS) for token in TOKENS}) == PARTITIONS
    with shared.shared_out():
        shared.write(*(open_of(token) for token in TOKENS))
        shared.wait_until_folded()
        second, first = words(shared, "machine", NOW + 1), words(shared, "human", NOW)  # by two web nodes, the later one journaled first
        for late, early, token in zip(second, first, TOKENS, strict=True):
            shared.write(late)
            shared.write(early, open_of(token, 90, reader=7))  # beside others, so that batches hold both
        shared.write(*second)  # once more, as a node does that didn't hear that it was taken
        shared.wait_until_folded()
    assert judged(shared) == {("machine", True): 9, ("human", False): 9}
    assert shared.stats("opens", "human_opens", "human_opened") == (18, 9, 9)
    assert len(shared.rows(select(event_overrides.c.mark))) == 9
    assert shared.recount().differences == []

    Rejudging(shared.engine, read_lists(), is_rehearsal=False).run()
    assert judged(shared) == {("machine", True): 9, ("human", False): 9}
    assert shared.recount(mend=True).differences == []

    with shared.shared_out():  # others may own the partitions now
        shared.write(*words(shared, "", NOW + 2), open_of(TOKENS[0], 95, reader=8))
        shared.wait_until_folded()
    assert judged(shared) == {("human", False): 19}
    assert shared.stats("opens", "human_opens") == (19, 19)
    assert shared.recount().differences == []
