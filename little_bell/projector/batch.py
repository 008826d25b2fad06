"""What is folded together."""

from dataclasses import dataclass, field

from little_bell.journal.base import Position
from little_bell.journal.records import Record


@dataclass(slots=True)
class Dead:
    """A record that can't be folded, with the reason."""

    position: Position
    record: bytes
    reason: str


@dataclass(slots=True)
class Batch:
    """Records to fold together, and what is done with them: journals folded up to here, parked and dead rows settled."""

    records: list[tuple[Record, Position]] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    dead: list[Dead] = field(default_factory=list)
    unparked: list[int] = field(default_factory=list)
    revived: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)  # messages to be judged again
    #: Of a shared journal: up to which sequence each partition is folded with it, the highest number of each writer
    #: by partition, and the rows of `routed_records` that are in it.
    folded: dict[int, int] = field(default_factory=dict)
    sources: dict[tuple[int, str], int] = field(default_factory=dict)
    routed: list[int] = field(default_factory=list)
