"""A batch cut into what can be published: by partition, and no piece larger than a server takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from little_bell.journal.base import Position
from little_bell.journal.partitions import share_out
from little_bell.journal.publish import Outgoing
from little_bell.journal.records import Record, encode
from little_bell.journal.stream import seal_packet, subject_of

#: NATS takes a megabyte where nothing else is set; a single record that is larger goes as it is.
MOST_BYTES = 500_000
#: Numbers of a batch's pieces: more than there can be.
PIECES = 1 << 16


@dataclass(frozen=True, slots=True)
class Pieces:
    """`waves` are published one after the other, each stored before the next: a number that came counts for all below it."""

    waves: list[list[Outgoing]]
    position: Position


def pieces_of(records: Sequence[Record], stream: str, partitions: int, source: str, batch: int) -> Pieces:
    """The same pieces with the same numbers for the same batch, however often it is cut."""
    shares = {partition: _cut(some) for partition, some in sorted(share_out(records, partitions).items())}
    depth = max(map(len, shares.values()))
    number, mask, last = batch * PIECES, 0, 0
    waves: list[list[Outgoing]] = []
    for step in range(depth):
        wave = []
        for partition, bodies in shares.items():
            place = step - (depth - len(bodies))  # the last piece of each is in the last wave
            if place < 0:
                continue
            count, body = bodies[place]
            wave.append(Outgoing(subject_of(stream, partition), f"{source}.{number}", seal_packet(source, number, count, body)))
            last = last or (number if step == depth - 1 else 0)
            mask |= 1 << partition
            number += 1
        waves.append(wave)
    return Pieces(waves, Position(source, mask, last))


def _cut(records: Sequence[Record]) -> list[tuple[int, bytes]]:
    """How many, and their encoded form."""
    body = encode(list(records))
    if len(body) <= MOST_BYTES or len(records) == 1:
        return [(len(records), body)]
    middle = len(records) // 2
    return _cut(records[:middle]) + _cut(records[middle:])
