"""How a shared journal is shared out: all facts of one message in one partition, so that one projector at a time folds it."""

from collections.abc import Iterable
from hashlib import md5

from little_bell.journal.records import Hit, Mark, Override, Record

#: The partition of what doesn't know its message yet; those of messages are numbered from 1.
RESOLVING = 0
#: A position names the partitions of a batch in the bits of one number.
MOST_PARTITIONS = 48


def partition_of_token(token: str, count: int) -> int:
    """The partition of a message, of `count`. PostgreSQL counts the same: projector/share.py."""
    return 1 + (int.from_bytes(md5(token.encode(), usedforsecurity=False).digest()[:4], "big") >> 4) % count


def partition_of(record: Record, count: int) -> int:
    """Where a record goes."""
    if isinstance(record, Hit | Mark | Override) and record.token:
        return partition_of_token(record.token, count)
    return RESOLVING


def share_out(records: Iterable[Record], count: int) -> dict[int, list[Record]]:
    """The records by partition, each partition's in the order given."""
    shares: dict[int, list[Record]] = {}
    for record in records:
        shares.setdefault(partition_of(record, count), []).append(record)
    return shares
