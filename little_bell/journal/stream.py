"""The stream in JetStream that is the shared journal: how it is made, what it is known by, and what its messages look like."""

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from little_bell.journal.partitions import MOST_PARTITIONS
from little_bell.journal.records import FORMAT
from little_bell.journal.segment import PACK_FROM

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js.api import StreamInfo

#: What a stream says of itself.
PARTITIONS = "little-bell-partitions"
API_SECONDS = 5.0
#: Within this time the server itself leaves out what comes twice; after it, the numbers in the database do.
DUPLICATE_SECONDS = 120.0
#: JetStream's codes where replicas have no place: no peers for them, and a server that is alone.
_NO_PLACE = frozenset({10005, 10074})
_HEAD = struct.Struct("!B16sQI?")


class StreamMissing(Exception):
    """There is no such stream (yet)."""


class TooFewServers(StreamMissing):
    """The stream can't be made: there aren't as many servers as it shall have replicas."""


class StreamMismatch(Exception):
    """The stream isn't the one that is meant: another number of partitions, or made by somebody else."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What a stream is made with."""

    name: str
    partitions: int
    replicas: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a stream that is there says."""

    name: str
    made: str
    partitions: int
    replicas: int
    bytes: int
    max_bytes: int
    last: int


class Packet(NamedTuple):
    """Some records of one writer, under the number that tells whether they were folded before."""

    format: int
    source: str  # 32 hex digits
    number: int
    records: int
    is_packed: bool
    stored: bytes


def subject_of(stream: str, partition: int) -> str:
    """Where a partition's packets are published."""
    return f"{stream}.p.{partition}"


def partition_in(subject: str) -> int:
    """The partition of a packet's subject."""
    return int(subject.rpartition(".")[2])


def seal_packet(source: str, number: int, records: int, body: bytes) -> bytes:
    """The packet as it travels."""
    is_packed = len(body) >= PACK_FROM
    return _HEAD.pack(FORMAT, bytes.fromhex(source), number, records, is_packed) + (zlib.compress(body, 1) if is_packed else body)


def open_packet(data: bytes) -> Packet:
    """The packet that travelled. Raises struct.error for what is none."""
    format_, source, number, records, is_packed = _HEAD.unpack_from(data)
    return Packet(format_, source.hex(), number, records, is_packed, data[_HEAD.size :])


def rename_packet(data: bytes, source: str) -> bytes:
    """The same records as another writer's."""
    format_, _, number, records, is_packed = _HEAD.unpack_from(data)
    return _HEAD.pack(format_, bytes.fromhex(source), number, records, is_packed) + data[_HEAD.size :]


async def find_stream(client: "Client", name: str) -> StreamFacts:
    """What the stream says of itself. Raises StreamMissing, StreamMismatch for one that isn't a journal."""
    from nats.js.errors import NotFoundError

    try:
        return _facts(await client.jetstream(timeout=API_SECONDS).stream_info(name))
    except NotFoundError as error:
        raise StreamMissing(f"there is no stream {name}") from error


async def make_stream(client: "Client", plan: StreamPlan) -> StreamFacts:
    """The stream, made where it isn't there. Raises StreamMismatch where one of its name has other partitions, TooFewServers."""
    from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
    from nats.js.errors import APIError

    if not 1 <= plan.partitions < MOST_PARTITIONS:
        raise StreamMismatch(f"{plan.partitions} partitions: 1 to {MOST_PARTITIONS - 1} are possible")
    try:
        found = await find_stream(client, plan.name)
    except StreamMissing:
        config = StreamConfig(
            name=plan.name,
            subjects=[f"{plan.name}.p.*"],
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.NEW,
            storage=StorageType.FILE,
            num_replicas=plan.replicas,
            max_bytes=plan.max_bytes,
            duplicate_window=DUPLICATE_SECONDS,
            metadata={PARTITIONS: str(plan.partitions)},
            allow_direct=True,
        )
        try:
            made = _facts(await client.jetstream(timeout=API_SECONDS).add_stream(config))
        except APIError as error:
            if error.err_code not in _NO_PLACE:
                raise
            what = f"the stream {plan.name} can't be made: {plan.replicas} replicas take as many NATS servers with JetStream"
            raise TooFewServers(f"{what}; start them, or set LITTLE_BELL_JOURNAL_REPLICAS (NATS: {error.description})") from None
        found = await find_stream(client, plan.name) if not made.made else made
    if found.partitions != plan.partitions:
        raise StreamMismatch(f"the stream {plan.name} has {found.partitions} partitions, and {plan.partitions} are set")
    return found


def _facts(info: "StreamInfo") -> StreamFacts:
    config, said = info.config, (info.config.metadata or {}).get(PARTITIONS, "")
    if not said.isdigit():
        raise StreamMismatch(f"the stream {config.name} wasn't made by Little Bell")
    made = info.created.isoformat() if info.created else ""
    return StreamFacts(
        config.name or "", made, int(said), config.num_replicas or 1, info.state.bytes, config.max_bytes or -1, info.state.last_seq
    )
