"""What is left of erased recipients in raw receipts and in folded journals goes, some at a time."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, select, update

from little_bell.db import writing
from little_bell.journal.reader import journal_names
from little_bell.journal.scrub import last_offset, scrub
from little_bell.journal.segment import segment_numbers, segment_path
from little_bell.models.tables import erasures, journal_positions, webhook_receipts
from little_bell.projector.erase import is_about, needles
from little_bell.projector.forgotten import ERASED

#: Receipts that are looked through together.
STEP = 500
MAX_OFFSET = 2**62


class Erasing:
    """One erasure after the other; a new projector begins with the oldest anew, which does no harm."""

    def __init__(self, engine: Engine, journals: Path) -> None:
        self._engine = engine
        self._journals = journals
        self._work: Iterator[bool] | None = None

    def step(self) -> bool:
        """A little of what is to be done; whether there may be more to do just now."""
        if self._work is None:
            with self._engine.connect() as connection:
                row = connection.execute(select(erasures).order_by(erasures.c.id).limit(1)).first()
            if row is None:
                return False
            self._work = self._erase(row.id, row.tenant_id, needles(row.names), frozenset(row.messages), row.receipts_to)
        try:
            return next(self._work)
        except StopIteration:
            self._work = None
            return True
        except BaseException:
            self._work = None
            raise

    def _erase(self, erasure_id: int, tenant_id: int, names: list[bytes], ids: frozenset[int], receipts_to: int) -> Iterator[bool]:
        """Yields after each step whether the next may follow at once."""
        with self._engine.connect() as connection:
            last = connection.execute(select(webhook_receipts.c.id).order_by(webhook_receipts.c.id.desc()).limit(1)).scalar() or 0
        while receipts_to < last:
            with writing(self._engine) as connection:
                receipts_to = _blank_receipts(connection, tenant_id, names, receipts_to)
                connection.execute(update(erasures).where(erasures.c.id == erasure_id).values(receipts_to=receipts_to))
            yield True
        matching = partial(is_about, names=names, message_ids=ids)
        for journal in journal_names(self._journals):
            folder = self._journals / journal
            # What is journaled from now on names nobody: the token isn't theirs any more.
            ends = {number: last_offset(folder, number) for number in segment_numbers(folder)}
            for number, end in ends.items():
                offset = 0
                while offset < end and segment_path(folder, number).exists():
                    before, up_to = offset, min(end, self._folded(journal, number))
                    offset, _ = scrub(folder, number, offset, up_to, matching)
                    offset = end if offset == before and up_to == end else offset
                    yield offset > before  # what isn't folded yet is waited for
        with writing(self._engine) as connection:
            connection.execute(delete(erasures).where(erasures.c.id == erasure_id))

    def _folded(self, journal: str, number: int) -> int:
        """Up to which offset a segment is folded."""
        table = journal_positions.c
        with self._engine.connect() as connection:
            position = connection.execute(select(table.segment, table.offset).where(table.journal == journal)).first()
        if position is None or position.segment < number:
            return 0
        return int(position.offset) if position.segment == number else MAX_OFFSET


def _blank_receipts(connection: Connection, tenant_id: int, names: list[bytes], after: int) -> int:
    """Empty the receipts that name somebody; their keys stay, so that the same is not taken twice. Returns how far it came."""
    table = webhook_receipts.c
    rows = connection.execute(select(table.id, table.tenant_id, table.body).where(table.id > after).order_by(table.id).limit(STEP)).all()
    for row in rows:
        body = bytes(row.body).lower()
        if row.tenant_id == tenant_id and any(name in body for name in names):
            connection.execute(update(webhook_receipts).where(table.id == row.id).values(body=b"", headers={}, outcome=ERASED))
    return rows[-1].id if rows else after
