"""What is said of addresses, as journal records; and files of it, taken in line by line."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from little_bell.actions.suppression_files import Line, Refusal, read_suppressions
from little_bell.actions.suppressions import NewSuppression, refuse_past
from little_bell.domain.times import micros_of
from little_bell.journal.base import Position
from little_bell.journal.records import Record, Suppression

#: Lines journaled together.
AT_ONCE = 1_000
#: Of more bad lines than this only the number is told.
MOST_REFUSALS = 1_000


@dataclass(slots=True)
class Imported:
    """What became of a file: lines taken, lines refused and the first of those, and where the last one stands in the journal."""

    added: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    position: Position | None = None

    def shape(self) -> dict[str, Any]:
        """The same in JSON."""
        refusals = [{"line": one.line, "text": one.text, "reason": one.why} for one in self.refusals]
        return {"added": self.added, "refused": self.refused, "refusals": refusals}


def record_of(new: NewSuppression, tenant_id: int, at: int, source: str, field: str = "expires_at") -> Suppression:
    """The record that a form becomes. Raises Invalid for an end that has come already."""
    refuse_past(new.expires_at, field)
    return Suppression(tenant_id, new.address, str(new.reason), at, source, None, micros_of(new.expires_at), new.note)


def take_in(lines: Iterable[bytes], tenant_id: int, at: int, append: Callable[[list[Record]], Position]) -> Imported:
    """Journal all lines of a file that can be read."""
    done = Imported()
    records = _records(lines, tenant_id, at, done)
    while some := list(islice(records, AT_ONCE)):
        done.position = append(some)
        done.added += len(some)
    return done


def _records(lines: Iterable[bytes], tenant_id: int, at: int, done: Imported) -> Iterator[Record]:
    for one in read_suppressions(lines, datetime.now(UTC)):
        if isinstance(one, Line):
            yield Suppression(tenant_id, one.address, str(one.why), at, "import", micros_of(one.since), micros_of(one.expires_at), one.note)
            continue
        done.refused += 1
        if len(done.refusals) < MOST_REFUSALS:
            done.refusals.append(one)
