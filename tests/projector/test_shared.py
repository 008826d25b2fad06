"""Several projectors share a journal on NATS: whatever they do at the same time comes to what one would have made of it."""

import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from little_bell.db import make_engine, reading, writing
from little_bell.journal.link import Link
from little_bell.journal.partitions import partition_of_token
from little_bell.journal.pieces import pieces_of
from little_bell.journal.records import CampaignDeletion, Record, erasures, report_of
from little_bell.journal.stream import StreamFacts, StreamMismatch, StreamPlan, find_stream, make_stream, subject_of
from little_bell.models import now
from little_bell.models.tables import (
    journal_partitions,
    message_events,
    messages,
    projector_lease,
    projectors,
    suppressions,
)
from little_bell.projector.batch import Batch
from little_bell.projector.lease import Lease
from little_bell.projector.projector import Projector
from little_bell.projector.rights import LeaseTaken, NotOurs
from little_bell.projector.share import Share
from little_bell.projector.stream_watch import StreamWatch, adopt
from little_bell.queries.events import events_after
from little_bell.queries.projection import is_folded, shared_journal
from tests.projector.conftest import START, Post, click_of, open_of
from tests.projector.shared_post import PARTITIONS, SharedPost, eventually
from tests.projector.test_any_order import World, facts_of, record_of
from tests.projector.test_reports import bounce_to


@pytest.fixture
def database(postgres_database: str) -> str:
    """Several projectors share PostgreSQL alone."""
    return postgres_database


def test_two_projectors_come_to_what_the_events_say_in_any_order(shared: SharedPost) -> None:
    chance = random.Random(4)
    worlds = [(World(shared, f"straight-{n}"), World(shared, f"shuffled-{n}"), facts_of(chance)) for n in range(6)]
    for straight, shuffled, _ in worlds:
        straight.register()
        shuffled.register()
    with shared.shared_out():
        for straight, shuffled, facts in worlds:
            shared.write(*(record_of(fact, straight) for fact in sorted(facts, key=lambda fact: fact["at"])))
            rest = chance.sample(facts, len(facts))
            while rest:
                size = chance.choice([1, 3, 10])
                shared.write(*(record_of(fact, shuffled) for fact in rest[:size]))
                rest = rest[size:]
        shared.wait_until_folded()
    for straight, shuffled, _ in worlds:
        assert shuffled.outcome() == straight.outcome()
    assert shared.recount().differences == []
    assert len({partition_of_token(token, PARTITIONS) for _, world, _ in worlds for token in world.tokens}) == PARTITIONS


def test_a_campaign_that_all_of_them_fold_loses_no_count(shared: SharedPost) -> None:
    tokens = [f"token-no-{number}" for number in range(60)]
    shared.register(*tokens)
    with shared.shared_out():
        for reader in range(40):
            shared.write(*(open_of(token, 60 + 2 * reader, reader) for token in tokens))
        shared.wait_until_folded()
    assert shared.stats("opens", "opened") == (60 * 40, 60)
    assert shared.recount().differences == []


def test_what_comes_twice_counts_once(shared: SharedPost) -> None:
    shared.register("token-one", "token-two")
    records: list[Record] = [open_of("token-one"), open_of("token-two")]
    shared.write(*records)
    shared.shared._publish(records, shared.shared._source, shared.shared._batch, 1.0)  # within the time in which the server itself sees it
    with shared.shared_out():
        shared.wait_until_folded()
        source, batch = shared.shared._source, shared.shared._batch
        jetstream = shared.link.client.jetstream
        for packet in (packet for wave in pieces_of(records, shared.stream, PARTITIONS, source, batch).waves for packet in wave):
            shared.link.call(jetstream().publish(packet.subject, packet.data), 5)  # and without the name that the server knows it by
        shared.wait_until_folded()
    assert shared.stats("opens") == (2,)


def test_a_fact_whose_message_has_to_be_found_is_folded_by_the_messages_owner_once(shared: SharedPost) -> None:
    ids = shared.register(*(f"token-no-{number}" for number in range(12)))
    with shared.shared_out():
        for number in range(12):
            mail = bounce_to(f"token-no-{number}@example.com", returned=f"X-Little-Bell-Token: token-no-{number}")
            report = report_of(shared.tenant_id, "dsn", mail, START + 10**9)
            shared.write(report)
            shared.write(report)
        position = shared.write(*(shared.mark(message_id, "sent") for message_id in ids))  # that name no token
        shared.wait_until_folded()
        with reading(shared.engine) as connection:
            assert is_folded(connection, position)
    assert shared.stats("bounced", "sent") == (12, 12)
    assert shared.rows(select(func.count()).select_from(suppressions)) == [(12,)]
    assert shared.recount().differences == []


def test_failures_of_one_reader_in_several_partitions_suppress_them_together(shared: SharedPost) -> None:
    tokens = [f"soft-no-{number}" for number in range(9)]
    ids = shared.register(*tokens)
    with writing(shared.engine) as connection:
        connection.execute(update(messages).values(recipient_email="reader@example.com"))
    bounce: dict[str, str | None] = {"bounce_type": "temporary", "category": "mailbox_full", "reason": "452 full"}
    with shared.shared_out():
        for number, message_id in enumerate(ids):
            shared.write(shared.mark(message_id, "bounced", 60 * 24 * number, bounce=bounce, token=tokens[number]))
        shared.wait_until_folded()
    assert [why for (why,) in shared.rows(select(suppressions.c.why))] == ["soft_bounces"]


def test_an_erasure_and_a_deletion_change_what_others_fold_and_the_sums_stay_right(shared: SharedPost) -> None:
    tokens = [f"token-no-{number}" for number in range(20)]
    ids = shared.register(*tokens)
    doomed = shared.new_campaign()
    shared.register("doomed-one", "doomed-two", campaign_id=doomed)
    with shared.shared_out():
        for minute in range(10):
            shared.write(*(open_of(token, 60 + minute * 3) for token in (*tokens, "doomed-one", "doomed-two")))
            if minute == 4:
                shared.write(*erasures(shared.tenant_id, ids[:6], START), CampaignDeletion(shared.tenant_id, doomed, START))
        shared.wait_until_folded()
        eventually(lambda: not shared.rows(select(messages.c.id).where(messages.c.campaign_id == doomed)))
    assert shared.rows(select(func.count()).select_from(messages).where(messages.c.recipient_email == "(erased)")) == [(6,)]
    assert shared.recount().differences == []


def test_hits_of_messages_that_arent_known_yet_are_folded_by_their_owners_later(shared: SharedPost) -> None:
    tokens = [f"early-no-{number}" for number in range(10)]
    with shared.shared_out():
        shared.write(*(open_of(token) for token in tokens))
        shared.wait_until_folded()
        shared.register(*tokens)
        eventually(lambda: shared.stats("opens") == (10,))


def test_an_owner_that_was_taken_for_dead_writes_nothing_more(shared: SharedPost) -> None:
    shared.register("token-one")
    slow, quick = Share(shared.engine, PARTITIONS), Share(shared.engine, PARTITIONS)
    assert slow.balance() and len(slow.epochs) == PARTITIONS + 1
    with writing(shared.engine) as connection:
        connection.execute(update(projectors).values(expires_at=now()))
    assert quick.balance() and len(quick.epochs) == PARTITIONS + 1
    with writing(shared.engine) as connection, pytest.raises(NotOurs):
        slow.begin(connection, Batch())
    with pytest.raises(NotOurs), writing(shared.engine) as connection:
        slow.check(connection)
    slow.balance()
    quick.balance()
    slow.balance()
    assert sorted(len(share.epochs) for share in (slow, quick)) == [2, 2] and not slow.epochs.keys() & quick.epochs.keys()
    for share in (slow, quick):
        share.release()


def test_whoever_follows_the_events_skips_none_that_is_committed_later(shared: SharedPost) -> None:
    first, second = Share(shared.engine, PARTITIONS), Share(shared.engine, PARTITIONS)
    for share in (first, second, first, second):
        share.balance()
    [message_id] = shared.register("token-one")
    with shared.engine.connect() as slow:
        begun = first.begin(slow, Batch([(open_of("token-one"), None)] * 3))  # type: ignore[list-item]
        with writing(shared.engine) as quick:
            later = second.begin(quick, Batch([(open_of("token-one"), None)]))  # type: ignore[list-item]
            insert_event(quick, later, shared, message_id)
            second.claim(quick, later + 1)
        assert later > begun and events_of(shared) == []
        insert_event(slow, begun, shared, message_id)
        first.claim(slow, begun + 1)
        slow.commit()
    assert events_of(shared) == [begun, later]
    for share in (first, second):
        share.release()


def test_a_fold_that_came_to_nothing_holds_up_nobody_who_follows_the_events(shared: SharedPost) -> None:
    failed, other = Share(shared.engine, PARTITIONS), Share(shared.engine, PARTITIONS)
    for share in (failed, other, failed, other):
        share.balance()
    [message_id] = shared.register("token-one")
    failed._take_ids(3)
    with writing(shared.engine) as connection:
        later = other.begin(connection, Batch([(open_of("token-one"), None)]))  # type: ignore[list-item]
        insert_event(connection, later, shared, message_id)
        other.claim(connection, later + 1)
    assert events_of(shared) == []
    failed.balance()  # it has nothing more to fold, and never begins another
    assert events_of(shared) == [later]
    for share in (failed, other):
        share.release()


def insert_event(connection: Any, event_id: int, post: Post, message_id: int) -> None:
    values = {
        "id": event_id, "tenant_id": post.tenant_id, "campaign_id": post.campaign_id, "message_id": message_id, "type": "opened",
        "occurred_at": START, "received_at": START, "source": "pixel", "verdict": "human", "is_counted": True, "reasons": "", "rules": 1,
        "visitor": 1,
    }  # fmt: skip
    connection.execute(message_events.insert().values(**values))


def events_of(post: Post) -> list[int]:
    with reading(post.engine) as connection:
        return [event.id for event in events_after(connection, post.tenant_id)]


def test_a_command_that_folds_alone_is_refused_while_others_share_the_work(shared: SharedPost) -> None:
    with shared.shared_out(1), pytest.raises(LeaseTaken, match="stop them first"):
        Lease(shared.folder / "command").take(shared.engine)
    lease = Lease(shared.folder / "command")
    lease.take(shared.engine)
    share = Share(shared.engine, PARTITIONS)
    share.balance()
    assert share.epochs == {}, "while a command is at it nobody takes anything"
    lease.release(shared.engine)
    share.balance()
    assert len(share.epochs) == PARTITIONS + 1
    share.release()


def test_a_stream_that_was_made_anew_is_not_folded_until_somebody_says_so(shared: SharedPost) -> None:
    shared.register("token-one")
    with shared.shared_out(1):
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
    jetstream = shared.link.client.jetstream()
    shared.link.call(jetstream.delete_stream(shared.stream), 5)
    facts = shared.link.call(make_stream(shared.link.client, StreamPlan(shared.stream, PARTITIONS, 1, 100_000_000)), 10)
    shared.write(open_of("token-one", 70))
    engine = make_engine(shared.settings.database_url, pool_size=2)
    projector = Projector(engine, shared.settings)
    thread = threading.Thread(target=projector.run)
    thread.start()
    eventually(lambda: "made anew" in alarm(shared))
    assert shared.stats("opens") == (1,)
    with writing(shared.engine) as connection:
        adopt(connection, facts)
    eventually(lambda: shared.stats("opens") == (2,))
    assert alarm(shared) == ""
    projector.stop()
    thread.join(20)
    engine.dispose()


def test_a_stream_that_lost_its_end_is_not_folded_either(shared: SharedPost) -> None:
    with writing(shared.engine) as connection:
        connection.execute(update(journal_partitions).where(journal_partitions.c.partition == 1).values(sequence=99))
    plan = StreamPlan(shared.stream, PARTITIONS, 1, 100_000_000)
    watch = StreamWatch(shared.engine, shared.link, plan, 3600)
    with pytest.raises(StreamMismatch, match="ends at 0, and was counted up to 99"):
        watch.look()
    assert "lost what came last" in alarm(shared)


def test_what_was_folded_long_enough_ago_goes_from_the_stream_and_nothing_else(shared: SharedPost) -> None:
    watch = StreamWatch(shared.engine, shared.link, StreamPlan(shared.stream, PARTITIONS, 1, 100_000_000), 3600)
    shared.register("token-one")
    with shared.shared_out(1):
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
    shared.write(open_of("token-one", 70))

    def left() -> int:
        watch._trimmed_at = -1e9
        watch.look()
        watch.trim(range(PARTITIONS + 1))
        watch._trimming.result(10)
        return shared.link.call(count_of(shared.link, shared.stream), 10)

    assert left() == 2
    for expected in (2, 1):  # what is folded is noted, and goes when that was long enough ago
        with writing(shared.engine) as connection:
            connection.execute(update(journal_partitions).values(noted_at=now() - timedelta(hours=2)))
        assert left() == expected
    with shared.shared_out(1):
        shared.wait_until_folded()
    assert shared.stats("opens") == (2,)


def test_a_database_that_is_older_than_what_is_left_of_the_stream_says_so(shared: SharedPost) -> None:
    plan = StreamPlan(shared.stream, PARTITIONS, 1, 100_000_000)
    shared.register("token-one")
    backup = []
    with shared.shared_out(1):
        for minute in (60, 70):
            shared.write(open_of("token-one", minute))
            shared.wait_until_folded()
            backup.append(shared.rows(select(journal_partitions.c.partition, journal_partitions.c.sequence)))
    for _ in range(2):  # what is folded is noted, then it goes
        watch = StreamWatch(shared.engine, shared.link, plan, 0)
        watch.look()
        watch.trim(range(PARTITIONS + 1))
        watch._trimming.result(10)
    StreamWatch(shared.engine, shared.link, plan, 0).look()
    with writing(shared.engine) as connection:
        for partition, sequence in backup[0]:
            connection.execute(update(journal_partitions).where(journal_partitions.c.partition == partition).values(sequence=sequence))
    with pytest.raises(StreamMismatch, match="has let go of partition"):
        StreamWatch(shared.engine, shared.link, plan, 0).look()
    assert "an older database" in alarm(shared)
    with writing(shared.engine) as connection:
        adopt(connection, find(shared))
    StreamWatch(shared.engine, shared.link, plan, 0).look()
    assert alarm(shared) == ""


def find(shared: SharedPost) -> StreamFacts:
    return shared.link.call(find_stream(shared.link.client, shared.stream), 10)


async def count_of(link: Link, stream: str) -> int:
    return (await link.client.jetstream().stream_info(stream)).state.messages


def alarm(post: Post) -> str:
    with reading(post.engine) as connection:
        shared = shared_journal(connection, now())
        assert shared is not None
        return shared.alarm


def test_a_record_that_nobody_can_fold_goes_aside_with_its_place(shared: SharedPost, monkeypatch: pytest.MonkeyPatch) -> None:
    shared.register("token-one")
    jetstream = shared.link.client.jetstream()
    with shared.shared_out(1):
        shared.link.call(jetstream.publish(subject_of(shared.stream, 1), b"not a packet"), 5)
        shared.write(open_of("token-one"))
        shared.wait_until_folded()
    assert shared.stats("opens") == (1,)
    assert "no packet of ours" in shared.rows(text("SELECT reason FROM dead_records"))[0][0]


def test_python_and_postgres_agree_on_a_messages_partition(shared: SharedPost) -> None:
    tokens = [f"token.{number}-ü~" for number in range(50)]
    share = Share(shared.engine, PARTITIONS)
    share.epochs = {2: 1}
    with reading(shared.engine) as connection:
        for token in tokens:
            said = connection.execute(select(share.only_ours(func.concat(token, "")))).scalar()
            assert said == (partition_of_token(token, PARTITIONS) == 2)


def test_clicks_are_folded_with_their_links_by_several(shared: SharedPost) -> None:
    tokens = [f"token-no-{number}" for number in range(20)]
    shared.register(*tokens)
    with shared.shared_out():
        for minute in range(8):
            shared.write(*(click_of(token, f"https://example.com/{minute % 3}", 60 + 30 * minute) for token in tokens))
        shared.wait_until_folded()
        eventually(lambda: shared.recount().differences == [])
    assert shared.stats("clicks") == (160,)
    assert shared.rows(select(projector_lease.c.next_event_id))[0][0] > 160
