"""Commands that fold alone, and several projectors: at no moment do both write."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from little_bell.config import ROOT
from little_bell.db import writing
from little_bell.journal.base import Position
from little_bell.journal.records import report_of
from little_bell.journal.stream import StreamFacts
from little_bell.models import now
from little_bell.models.tables import message_events, projector_lease
from little_bell.projector.batch import Batch
from little_bell.projector.lease import Lease
from little_bell.projector.lists import read_lists
from little_bell.projector.projection import Projection
from little_bell.projector.rejudge import Rejudging
from little_bell.projector.rights import LeaseLost, LeaseTaken
from little_bell.projector.share import Share, one_at_a_time
from little_bell.projector.stream_watch import adopt
from tests.projector.conftest import START, Post, open_of
from tests.projector.test_reports import bounce_to

NOWHERE = Position("0" * 32, 0, 0)
#: So long something that has to wait is watched.
A_MOMENT = 0.3


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


@pytest.fixture
def share(post: Post) -> Iterator[Share]:
    """Of one partition, which nobody has taken yet."""
    with writing(post.engine) as connection:
        adopt(connection, StreamFacts("bell", "today", 1, 1, 0, -1, 0))
    share = Share(post.engine, 1)
    yield share
    share.release()


@pytest.fixture
def lease(tmp_path: Path) -> Lease:
    """Of a command."""
    return Lease(tmp_path / "command")


def expire(post: Post) -> None:
    """The command was away for longer than its lease lasts."""
    with writing(post.engine) as connection:
        connection.execute(update(projector_lease).values(expires_at=now() - timedelta(seconds=1)))


def waits(do: Callable[[], object]) -> threading.Thread:
    """Does it on a thread of its own, where it isn't over in a moment."""
    thread = threading.Thread(target=do)
    thread.start()
    thread.join(A_MOMENT)
    assert thread.is_alive()
    return thread


def test_a_mail_about_several_messages_has_an_id_for_each_of_its_events(post: Post, share: Share) -> None:
    post.register("token-one", "token-two", "token-three")
    share.balance()
    one = b"Final-Recipient: rfc822; token-one@example.com\n"
    others = [b"Final-Recipient: rfc822; token-%s@example.com\nAction: failed\nStatus: 5.1.1\n\n" % name for name in (b"two", b"three")]
    mail = bounce_to("token-one@example.com").replace(one, b"".join(others) + one)
    projection = Projection(post.engine, share, b"k" * 32)
    projection.fold(Batch([(report_of(post.tenant_id, "dsn", mail, START + 10**9), NOWHERE)]))
    projection.fold(Batch([(open_of("token-one"), NOWHERE), (open_of("token-two"), NOWHERE)]))
    ids = [event_id for (event_id,) in post.rows(select(message_events.c.id))]
    assert len(ids) == 5 and len(set(ids)) == 5
    assert post.stats("bounced", "opens") == (3, 2)
    assert post.recount().differences == []


def test_each_of_postgres_numbered_locks_is_about_one_thing() -> None:
    found = [
        number
        for path in (ROOT / "little_bell").rglob("*.py")
        for number in re.findall(r"^\w*LOCK\w* = (0x\w+)", path.read_text(), re.MULTILINE)
    ]
    assert len(found) == len(set(found)) >= 4


def test_a_command_waits_for_a_projector_that_is_about_to_begin(post: Post, share: Share, lease: Lease) -> None:
    refused: list[Exception] = []

    def take() -> None:
        try:
            lease.take(post.engine)
        except LeaseTaken as taken:
            refused.append(taken)

    with writing(post.engine) as connection:
        one_at_a_time(connection)
        share._live(connection, int(now().timestamp() * 1e6))
        thread = waits(take)
    thread.join(10)
    assert len(refused) == 1


def test_a_command_whose_lease_has_run_out_writes_nothing_more(post: Post, share: Share, lease: Lease) -> None:
    lease.take(post.engine)
    share.balance()
    assert share.epochs == {}
    with writing(post.engine) as connection:
        lease.hold(connection)
    expire(post)
    share.balance()
    assert len(share.epochs) == 2
    with writing(post.engine) as connection, pytest.raises(LeaseLost):
        lease.hold(connection)
    lease.release(post.engine)


def test_no_projector_folds_while_a_command_writes_however_long_that_takes(post: Post, share: Share, lease: Lease) -> None:
    post.register("token-one")
    lease.take(post.engine)
    with writing(post.engine) as connection:
        lease.hold(connection)
        other = Share(post.engine, 1)
        other.balance()
        thread = waits(lambda: other._take_ids(1))
    thread.join(10)
    assert not thread.is_alive()
    other.release()
    lease.release(post.engine)


def test_judging_again_ends_where_projectors_have_gone_on(post: Post, share: Share, lease: Lease) -> None:
    post.register("token-one")
    share.balance()
    Projection(post.engine, share, b"k" * 32).fold(Batch([(open_of("token-one"), NOWHERE)]))
    share.release()
    lease.take(post.engine)
    expire(post)
    for is_rehearsal in (True, False):
        with pytest.raises(LeaseLost):
            Rejudging(post.engine, read_lists(""), is_rehearsal=is_rehearsal, hold=lease.hold).run()
    lease.release(post.engine)
