"""Retention takes a partition of events away while several projectors write into it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text, update

from little_bell.db import writing
from little_bell.journal.base import Position
from little_bell.journal.partitions import partition_of_token
from little_bell.journal.stream import StreamFacts
from little_bell.models import from_micros, now
from little_bell.models.tables import frozen_events, message_events, projector_lease, projectors
from little_bell.projector import frozen
from little_bell.projector.batch import Batch
from little_bell.projector.partitions import make_ahead, partitions
from little_bell.projector.placing import DAY
from little_bell.projector.projection import Projection
from little_bell.projector.prune import Pruning
from little_bell.projector.rights import NotOurs
from little_bell.projector.share import Share
from little_bell.projector.stream_watch import adopt
from tests.projector.conftest import START, Post, open_of

NOWHERE = Position("0" * 32, 0, 0)


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


class Shared:
    """Two projectors that share messages, and a day's events that retention is to take."""

    def __init__(self, post: Post) -> None:
        self.post, self.engine = post, post.engine
        end = START - START % DAY + DAY
        with writing(self.engine) as connection:
            connection.execute(text("DROP TABLE message_events_before"))
            make_ahead(connection, START, 30)
            adopt(connection, StreamFacts("bell", "today", 2, 1, 0, -1, 0))
            connection.execute(update(projector_lease).values(prune_before=from_micros(end + frozen.STATED_AHEAD)))
            self.doomed = partitions(connection)[0]
        self.minute = (self.doomed.start - START) / 60_000_000
        self.slow, self.quick = Share(self.engine, 2), Share(self.engine, 2)
        for share in (self.slow, self.quick, self.slow, self.quick):
            share.balance()
        self.pruning = Pruning()

    def token_of(self, share: Share) -> str:
        """Of a message that is this projector's."""
        return next(token for n in range(99) if partition_of_token(token := f"token-no-{n}", 2) in share.epochs)

    def fold(self, share: Share, minutes: int) -> None:
        """A reader opens that message so many minutes after the doomed day's beginning."""
        opened = open_of(self.token_of(share), self.minute + minutes)
        Projection(self.engine, share, b"k" * 32).fold(Batch([(opened, NOWHERE)]))

    def retain(self) -> int:
        """A step of retention, done by whoever keeps the house."""
        with writing(self.engine) as connection:
            self.quick.check(connection)
            return self.pruning.step(connection)

    def retain_all(self) -> None:
        self.pruning._freezing._next_at = 0.0
        while self.retain():
            pass

    def opens(self) -> int:
        return int(self.post.stats("opens")[0])

    def is_gone(self) -> bool:
        with self.engine.connect() as connection:
            return self.doomed not in partitions(connection)

    def while_it_waits(self, share: Share, do: Callable[[], Any]) -> None:
        """Once: when this one's next fold has its ids, and hasn't begun to read."""
        lock = share._lock

        def lock_later(connection: Connection, wanted: Any) -> None:
            share._lock = lock  # type: ignore[method-assign]
            do()
            lock(connection, wanted)

        share._lock = lock_later  # type: ignore[method-assign]


@pytest.fixture
def shared(post: Post) -> Iterator[Shared]:
    shared = Shared(post)
    post.register(shared.token_of(shared.slow), shared.token_of(shared.quick))
    yield shared
    for share in (shared.slow, shared.quick):
        share.release()


def test_an_event_whose_id_was_given_out_before_others_were_frozen_reaches_the_baseline(shared: Shared) -> None:
    shared.fold(shared.quick, 1)

    def others_go_on() -> None:
        shared.fold(shared.quick, 200)
        shared.retain()

    shared.while_it_waits(shared.slow, others_go_on)
    shared.fold(shared.slow, 400)
    assert shared.post.recount().differences == []
    shared.retain_all()
    assert shared.is_gone() and shared.opens() == 3
    assert shared.post.recount(mend=True).differences == [] and shared.opens() == 3


def test_a_partition_stays_while_a_fold_may_yet_write_into_it_below_what_is_frozen(shared: Shared) -> None:
    shared.fold(shared.quick, 1)
    shared.while_it_waits(shared.slow, shared.retain_all)
    shared.fold(shared.slow, 400)
    assert shared.post.recount().differences == [] and shared.opens() == 2


def test_a_projector_that_died_in_a_fold_holds_retention_up_until_it_is_taken_for_dead(shared: Shared) -> None:
    shared.fold(shared.quick, 1)
    shared.slow._take_ids(5)
    shared.fold(shared.quick, 200)
    shared.retain_all()
    assert not shared.is_gone()
    with writing(shared.engine) as connection:
        connection.execute(update(projectors).where(projectors.c.name == shared.slow.name).values(expires_at=now()))
    for _ in range(2):
        shared.quick.balance()
    with pytest.raises(NotOurs):
        shared.fold(shared.slow, 300)
    shared.retain_all()
    assert shared.is_gone() and shared.opens() == 2 and shared.post.recount().differences == []
    assert shared.post.rows(select(func.count()).select_from(frozen_events)) == [(0,)]
    assert shared.post.rows(select(func.count()).select_from(message_events)) == [(0,)]
