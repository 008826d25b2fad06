"""A disk of NATS that is really full, without a limit in front of it: nothing that was journaled is lost."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from little_bell.journal.jetstream import JetStreamJournal
from little_bell.journal.link import Link
from little_bell.journal.local import Limits
from little_bell.journal.records import Hit, Record, decode
from little_bell.journal.segment import Batch
from little_bell.journal.stream import StreamPlan, find_stream, make_stream, open_packet
from tests.cluster.parts import wait_until
from tests.fixtures.nats import Nats

pytestmark = pytest.mark.cluster

STREAM, BATCH = "small", 100


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB; skips where none may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system may be mounted here: {error}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def opens(number: int) -> list[Record]:
    """Readers with an agent that can't be packed."""
    return [Hit("opened", f"token-{number}-{reader}", number, agent=os.urandom(200).hex()) for reader in range(BATCH)]


def test_a_disk_that_is_full_pushes_back_and_takes_all_when_there_is_room_again(small_disk: Path, tmp_path: Path) -> None:
    nats = Nats(small_disk / "nats")
    nats.start()
    link = Link(nats.url)
    try:
        wait_until(lambda: link.is_up, "NATS is reached")
        link.call(make_stream(link.client, StreamPlan(STREAM, 2, 1, 1_000_000_000)), 10)
        journal = JetStreamJournal(nats.url, STREAM, tmp_path / "waiting", Limits(min_free_percent=0))
        wait_until(lambda: journal.is_shared, "events go to NATS")
        written = 0
        while journal.is_shared:
            journal.append(opens(written))
            written += 1
        for _ in range(5):
            journal.append(opens(written))
            written += 1
        subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
        nats.nodes[0].kill()  # a server that couldn't write to its disk has to be started again
        nats.nodes[0].start()
        wait_until(lambda: journal.is_shared, "events go to NATS again")
        assert sorted(tokens_in(link)) == sorted(f"token-{number}-{reader}" for number in range(written) for reader in range(BATCH))
        journal.close()
    finally:
        link.close()
        nats.close()


def tokens_in(link: Link) -> list[str]:
    """Of all that is in the stream, what comes twice left out by its number, as projectors do."""
    facts, found = link.call(find_stream(link.client, STREAM), 10), {}

    async def read(sequence: int) -> tuple[str, bytes]:
        message = await link.client.jetstream().get_msg(STREAM, sequence)
        return message.subject or "", message.data or b""

    for sequence in range(1, facts.last + 1):
        subject, data = link.call(read(sequence), 10)
        packet = open_packet(data)
        found[subject, packet.source, packet.number] = packet
    rows = [Batch(0, 0, packet.format, packet.records, packet.is_packed, packet.stored) for packet in found.values()]
    return [record.token for row in rows for record in decode(row.body()) if isinstance(record, Hit)]
