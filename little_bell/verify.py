"""Whether the database holds what it should: whole, counted right, and in step with the journals. Changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from little_bell.db import is_sqlite, reading
from little_bell.installation import Installation
from little_bell.instance import journals_of
from little_bell.journal.reader import JournalReader, journal_names
from little_bell.journal.segment import SegmentReader, segment_numbers, segment_path
from little_bell.projector.recount import recount
from little_bell.queries.integrity import damages, event_ids, message_total, miscounted_messages, positions


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `problems` is empty where it is right."""

    name: str
    said: str
    problems: list[str]


def verify(here: Installation, begin: Callable[[int], None], advance: Callable[[int], None]) -> Iterator[Check]:
    """Each check as it is done, beside a running server or without. `begin` is told how many messages there are to recount."""
    with _snapshot(here.engine) as connection:
        yield Check("integrity", "the database is whole", damages(connection))
        begin(message_total(connection))
        found = recount(connection, advance=advance)
        said = f"the counters of {found.messages} messages and {found.recipients} recipients equal a rebuild from the raw events"
        yield Check("counters", said, found.differences)
        yield Check("registered", "registered messages are counted", miscounted_messages(connection))
        largest, following = event_ids(connection)
        used = [] if largest < following else [f"event {largest} is there, and {following} would be given next"]
        yield Check("event ids", "event ids are in order", used)
        folded = positions(connection)
    behind, problems = _journals(journals_of(here.engine, here.settings.data_dir), folded)
    yield Check("journals", f"positions fit the journals; {behind} records are journaled and not folded yet", problems)


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One moment's view, so that what is folded meanwhile is no difference."""
    if is_sqlite(str(engine.url)):
        with reading(engine) as connection:
            yield connection
        return
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        yield connection
        connection.rollback()


def _journals(root: Path, folded: dict[str, tuple[int, int]]) -> tuple[int, list[str]]:
    """How many records aren't folded, and which positions lie where their journal has nothing."""
    behind, problems = 0, []
    for name in journal_names(root):
        segment, offset = folded.get(name, (0, 0))
        numbers = segment_numbers(root / name)
        if numbers and segment > numbers[-1] + 1:
            problems.append(f"journal {name} is folded up to segment {segment}, but ends with {numbers[-1]}")
        elif segment in numbers and offset > (last := _last_offset(root / name, segment)):
            problems.append(f"journal {name} is folded up to {segment}:{offset}, but segment {segment} ends with {last}")
        with closing(JournalReader(root, name, segment, offset)) as reader:
            behind += reader.records_behind()
    return behind, problems


def _last_offset(folder: Path, number: int) -> int:
    with closing(SegmentReader(segment_path(folder, number), number)) as reader:
        return reader.last_offset()
