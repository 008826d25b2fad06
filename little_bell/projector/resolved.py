"""What a batch of records comes to before it is folded."""

from collections import Counter
from dataclasses import dataclass, field

from little_bell.domain.events import Event
from little_bell.domain.lifecycle import MessageState
from little_bell.journal.records import CampaignDeletion, Erasure, Hit, Prune, Record
from little_bell.projector.notices import Told
from little_bell.projector.reports import Filed
from little_bell.projector.states import Row
from little_bell.projector.suppress import Said


@dataclass(slots=True)
class Resolved:
    """A batch, ready to be folded. `rows` lie beside `events`, as store.EVENT_COLUMNS; `recipients` by message id."""

    states: dict[int, MessageState] = field(default_factory=dict)
    recipients: dict[int, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parked: list[Hit] = field(default_factory=list)
    deletions: list[CampaignDeletion] = field(default_factory=list)
    prunes: list[Prune] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    filed: Filed = field(default_factory=Filed)
    told: Told = field(default_factory=Told)
    counts: Counter[str] = field(default_factory=Counter)
    routed: list[tuple[str, Record]] = field(default_factory=list)  # for those who fold the messages with these tokens
