"""How far the projector is behind the journals."""

import contextlib
from pathlib import Path

from sqlalchemy import Engine, select

from little_bell.journal.reader import JournalReader, journal_names
from little_bell.models.tables import journal_positions


def records_behind(engine: Engine, journals: Path, only: str | None = None) -> int:
    """How many records are journaled and not folded yet, in all journals or one."""
    with engine.connect() as connection:
        table = journal_positions.c
        known = {row.journal: (row.segment, row.offset) for row in connection.execute(select(table.journal, table.segment, table.offset))}
    total = 0
    for name in [only] if only else journal_names(journals):
        with contextlib.closing(JournalReader(journals, name, *known.get(name, (0, 0)))) as reader:
            total += reader.records_behind()
    return total
