"""Facts whose message was found by one projector and is folded by another: handed on in the transaction that found it."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select

from little_bell.journal.partitions import partition_of_token
from little_bell.journal.records import Record, encode_one
from little_bell.models.tables import journal_stream, routed_records


def hand_on(connection: Connection, routed: Sequence[tuple[str, Record]]) -> None:
    """Give each fact to the partition of the message with its token."""
    if not routed:
        return
    count = connection.execute(select(journal_stream.c.partitions)).scalar_one()
    rows = [{"partition": partition_of_token(token, count), "record": encode_one(record)} for token, record in routed]
    connection.execute(routed_records.insert(), rows)


def handed_on(connection: Connection, partitions: Collection[int], most: int) -> list[tuple[int, int, bytes]]:
    """What waits for these partitions, oldest first: id, partition, record."""
    table = routed_records.c
    waiting = select(table.id, table.partition, table.record).where(table.partition.in_(partitions)).order_by(table.id).limit(most)
    return [(row.id, row.partition, row.record) for row in connection.execute(waiting)]


def take_away(connection: Connection, ids: Collection[int]) -> None:
    """They are folded."""
    if ids:
        connection.execute(delete(routed_records).where(routed_records.c.id.in_(ids)))
