"""The shared journal's writer: how batches are cut, what waits on this disk, and in which order it is forwarded."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from little_bell.journal.base import JournalFull
from little_bell.journal.forward import Forwarding
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.link import Link, servers_of
from little_bell.journal.local import Limits, LocalJournal
from little_bell.journal.partitions import RESOLVING, partition_of
from little_bell.journal.pieces import pieces_of
from little_bell.journal.reader import journal_names
from little_bell.journal.records import Hit, Mark, Origin, Record, Report, Suppression, decode
from little_bell.journal.segment import Batch
from little_bell.journal.stream import StreamMismatch, StreamPlan, TooFewServers, find_stream, make_stream, open_packet, partition_in
from tests.fixtures.app import free_port
from tests.fixtures.nats import Nats, nats_servers

SOURCE = "a" * 32
PLENTY = Limits(min_free_percent=0)


def hits(count: int, more: str = "") -> list[Record]:
    return [Hit("opened", f"token-no-{number}", 1, agent=more) for number in range(count)]


def told(pieces: list[bytes]) -> list[Record]:
    packets = [open_packet(data) for data in pieces]
    return [record for packet in packets for record in decode(Batch(0, 0, packet.format, 0, packet.is_packed, packet.stored).body())]


def test_a_batch_is_cut_by_partition_and_its_position_names_them() -> None:
    done = pieces_of(hits(50), "bell", 4, SOURCE, 7)
    [wave] = done.waves
    assert sorted(partition_in(piece.subject) for piece in wave) == [1, 2, 3, 4]
    assert done.position == (SOURCE, 0b11110, 7 << 16)
    assert {open_packet(piece.data).number for piece in wave} == set(range(7 << 16, (7 << 16) + 4))
    assert sorted(told([piece.data for piece in wave]), key=str) == sorted(hits(50), key=str)
    assert pieces_of(hits(50), "bell", 4, SOURCE, 7) == done, "however often it is cut"


def test_what_is_too_large_for_one_packet_goes_in_waves_that_end_with_all_partitions() -> None:
    records: list[Record] = [*hits(300, "x" * 4_000), Mark(1, 2, "sent", 3, "api", token="token-no-1")]
    done = pieces_of(records, "bell", 2, SOURCE, 1)
    numbers = [[open_packet(piece.data).number for piece in wave] for wave in done.waves]
    in_order = [number for wave in numbers for number in wave]
    assert len(done.waves) > 1 and in_order == sorted(in_order)
    assert done.position.offset == numbers[-1][0] and len(numbers[-1]) == 2
    assert sorted(told([piece.data for wave in done.waves for piece in wave]), key=str) == sorted(records, key=str)


def test_what_knows_no_message_goes_to_be_resolved() -> None:
    unknown: list[Record] = [Report(1, 2, "dsn", b""), Suppression(1, "a@b.example", "manual", 3, "api"), Mark(1, 2, "sent", 3, "api")]
    assert {partition_of(record, 8) for record in unknown} == {RESOLVING}
    assert partition_of(Mark(1, 2, "sent", 3, "api", token="token-one"), 8) == partition_of(Hit("opened", "token-one", 1), 8) != RESOLVING


def test_the_servers_of_a_cluster_are_named_in_one_address() -> None:
    assert servers_of("nats://me:secret@a,b:4223, c") == ["nats://me:secret@a", "nats://b:4223", "nats://c"]
    assert servers_of("tls://a,tls://b") == ["tls://a", "tls://b"]


def test_what_waits_is_forwarded_in_order_once_and_then_removed(tmp_path: Path) -> None:
    gone, own = LocalJournal(tmp_path, PLENTY), LocalJournal(tmp_path, PLENTY)
    for number in range(3):
        gone.append([Origin(SOURCE, number), *hits(1)])
    own.append([Origin("b" * 32, 0), *hits(1)])
    gone.close()
    sent: list[Origin] = []
    forwarding = Forwarding(tmp_path, lambda: own.name)
    forwarding.run(lambda origin, _records: sent.append(origin))
    own.append([Origin("b" * 32, 1), *hits(1)])
    forwarding.run(lambda origin, _records: sent.append(origin))
    assert sent == [*(Origin(SOURCE, number) for number in range(3)), Origin("b" * 32, 0), Origin("b" * 32, 1)]
    assert journal_names(tmp_path) == [own.name]
    forwarding.close()
    own.close()


def test_what_nobody_takes_is_tried_again_from_where_it_stopped(tmp_path: Path) -> None:
    own, sent = LocalJournal(tmp_path, PLENTY), []
    for number in range(4):
        own.append([Origin(SOURCE, number), *hits(1)])

    def take_two(origin: Origin, _records: list[Record]) -> None:
        if len(sent) == 2:
            raise TimeoutError
        sent.append(origin.first)

    forwarding = Forwarding(tmp_path, lambda: own.name)
    with pytest.raises(TimeoutError):
        forwarding.run(take_two)
    forwarding.close()
    again = Forwarding(tmp_path, lambda: own.name)  # another process, after a restart
    again.run(lambda origin, _records: sent.append(origin.first))
    assert sent == [0, 1, 2, 3]
    again.close()
    own.close()


def test_a_stream_with_more_replicas_than_there_are_servers_says_what_it_takes(nats: Nats) -> None:
    link = Link(nats.url)
    eventually(lambda: link.is_up)
    with pytest.raises(TooFewServers, match=r"3 replicas take as many NATS servers .* LITTLE_BELL_JOURNAL_REPLICAS"):
        link.call(make_stream(link.client, StreamPlan("many", 2, 3, 10_000_000)), 10)
    link.close()


def test_another_process_s_journal_is_left_to_it(tmp_path: Path) -> None:
    own, others = LocalJournal(tmp_path, PLENTY), LocalJournal(tmp_path, PLENTY)
    others.append([Origin(SOURCE, 0), *hits(1)])
    forwarding = Forwarding(tmp_path, lambda: own.name)
    assert forwarding.run(lambda _origin, _records: None) == 0
    forwarding.close()
    own.close()
    others.close()


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats_servers(tmp_path_factory.mktemp("nats")) as servers:
        yield servers


@pytest.fixture
def link(nats: Nats) -> Iterator[Link]:
    link = Link(nats.url)
    eventually(lambda: link.is_up)
    yield link
    link.close()


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline, "it didn't become so in time"
        time.sleep(0.01)


def last_of(link: Link, stream: str) -> int:
    return link.call(find_stream(link.client, stream), 10).last


def test_a_stream_is_made_once_and_keeps_its_partitions(link: Link) -> None:
    plan = StreamPlan("made-once", 4, 1, 20_000_000)
    made = link.call(make_stream(link.client, plan), 10)
    assert (made.partitions, made.replicas, made.max_bytes) == (4, 1, 20_000_000) and made.made
    assert link.call(make_stream(link.client, plan), 10).made == made.made
    with pytest.raises(StreamMismatch, match="has 4 partitions, and 5 are set"):
        link.call(make_stream(link.client, StreamPlan("made-once", 5, 1, 20_000_000)), 10)


def test_before_there_is_a_stream_events_wait_here_and_then_they_are_forwarded(nats: Nats, link: Link, tmp_path: Path) -> None:
    journal = JetStreamJournal(nats.url, "later", tmp_path, PLENTY)
    assert not journal.is_shared and journal.append(hits(3)).segment == 0
    link.call(make_stream(link.client, StreamPlan("later", 2, 1, 20_000_000)), 10)
    eventually(lambda: journal.is_shared)
    position = journal.append(hits(20))
    assert position.segment == 0b110 and last_of(link, "later") >= 3
    journal.close()


def test_a_full_stream_is_not_forced(nats: Nats, link: Link, tmp_path: Path) -> None:
    link.call(make_stream(link.client, StreamPlan("small", 1, 1, 60_000)), 10)
    journal = JetStreamJournal(nats.url, "small", tmp_path, PLENTY)
    eventually(lambda: journal.is_shared)
    noise = bytes(range(256)) * 80
    while journal.is_shared:
        journal.append([Report(1, 2, "dsn", noise + str(time.time_ns()).encode() * 500)])
    before = last_of(link, "small")
    journal.append(hits(2))
    assert last_of(link, "small") == before and journal_names(tmp_path)
    link.call(link.client.jetstream().purge_stream("small"), 10)
    eventually(lambda: journal.is_shared)
    assert last_of(link, "small") >= before + 2
    journal.close()


def test_where_nobody_is_reached_this_disk_takes_events_until_it_is_full(tmp_path: Path) -> None:
    disk = [100, 0, 100]
    limits = Limits(max_bytes=10**9, disk_usage=lambda _path: (disk[0], disk[1], disk[2]))
    begun = time.monotonic()
    journal = JetStreamJournal(f"nats://127.0.0.1:{free_port()}", "bell", tmp_path, limits)
    journal.append(hits(2))
    assert journal.why_full() is None and time.monotonic() - begun < 5
    disk[2] = 1
    assert journal.why_full() == "disk_low"
    with pytest.raises(JournalFull, match="disk_low"):
        journal.append(hits(1))
    journal.close()


def test_a_record_that_nats_doesnt_take_holds_nothing_up_and_is_sent_once_it_does(
    nats: Nats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Link(nats.url)
    eventually(lambda: link.is_up)
    link.call(make_stream(link.client, StreamPlan("large", 2, 1, 100_000_000)), 20)
    large = Report(1, 2, "dsn", os.urandom(1_000_000))
    with monkeypatch.context() as small:
        small.setattr(Client, "max_payload", property(lambda _self: 600_000))
        journal = JetStreamJournal(nats.url, "large", tmp_path / "waiting", PLENTY)
        eventually(lambda: journal.is_shared)
        journal.append([large, *hits(5)])
        eventually(lambda: journal.is_shared and journal.append(hits(1)) is not None)
        journal.close()
    assert sorted(stored(link, "large"), key=str) == sorted([*hits(5), *hits(1)], key=str)
    assert len([*(tmp_path / "waiting" / ".too-large").iterdir()]) == 1
    again = JetStreamJournal(nats.url, "large", tmp_path / "waiting", PLENTY)
    eventually(lambda: again.is_shared)
    assert large in stored(link, "large") and len(stored(link, "large")) == 7
    assert [*(tmp_path / "waiting" / ".too-large").iterdir()] == []
    again.close()
    link.close()


def stored(link: Link, stream: str) -> list[Record]:
    """What is in the stream."""

    async def read(sequence: int) -> bytes:
        return (await link.client.jetstream().get_msg(stream, sequence)).data or b""

    last = link.call(find_stream(link.client, stream), 10).last
    return told([link.call(read(sequence), 10) for sequence in range(1, last + 1)])
