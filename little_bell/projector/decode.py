"""Stored batches as records: what is damaged or can't be read is told apart, so that the rest goes on."""

import logging
import zlib

import msgspec

from little_bell.journal.base import Position
from little_bell.journal.records import FORMAT, Record, decode, decode_one, split
from little_bell.journal.segment import Batch as Stored
from little_bell.projector.batch import Batch, Dead

log = logging.getLogger(__name__)


def set_aside(batch: Batch, row: Stored, position: Position, why: str) -> None:
    """Put the records of a stored batch to the dead, one by one, so that each can be replayed."""
    try:
        records = split(row.body())
    except zlib.error:
        records = [row.stored]
    batch.dead.extend(Dead(position, raw, why) for raw in records)


def decode_into(batch: Batch, row: Stored, position: Position) -> None:
    """Add the records of a stored batch; what can't be read goes to the dead, with why."""
    try:
        body = row.body()
    except zlib.error as error:
        batch.dead.append(Dead(position, row.stored, f"the batch is damaged: {error}"))
        return
    if row.format > FORMAT:
        batch.dead.append(Dead(position, body, f"it has format {row.format}, of a newer version"))
        return
    try:
        batch.records.extend([(record, position) for record in decode(body)])
        return
    except msgspec.DecodeError:
        log.warning("a batch at %s holds something unreadable; looking for it", position)
    for raw in split(body):
        try:
            record: Record = decode_one(raw)
        except msgspec.DecodeError as error:
            batch.dead.append(Dead(position, raw, f"it can't be read: {error}"))
        else:
            batch.records.append((record, position))
