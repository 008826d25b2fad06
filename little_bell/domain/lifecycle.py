"""What a message's state is, what its status reads, and what it adds to the sums."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from little_bell.domain.events import QUARTER
from little_bell.domain.metrics import COUNTS

NOTHING = (0,) * len(COUNTS)


class MessageState:
    """All that a message's events add up to. Times are microseconds since 1970 or None; the earliest of its kind wins.

    `is_changed`: a fold changed something since the state was read; `is_rewritten`: more than its opens did. `status` and
    `stored_times` (first human open, first human click) are what was stored last, which is not always what holds now.
    `last_event_at` is exact to the minute for opens, so that a repeat changes nothing. `visits` holds who opened in which
    minute (see visits.visit); only the newest minute's need to be kept for later, and lie in `packed_visits` until an event of
    that minute or an earlier one comes. `mailbox` is the recipient's mailbox provider, found at the first event; None on a
    message of an older version that isn't in the analytics yet.
    """

    __slots__ = (
        "bounce_category",
        "bounce_reason",
        "bounce_type",
        "bounced_at",
        "campaign_id",
        "clicked_at",
        "clicks",
        "complained_at",
        "created_at",
        "deferred_at",
        "delivered_at",
        "human_clicked_at",
        "human_clicks",
        "human_opened_at",
        "human_opens",
        "is_changed",
        "is_counted",
        "is_rewritten",
        "last_bounced_at",
        "last_event_at",
        "mailbox",
        "message_id",
        "opened_at",
        "opens",
        "packed_visits",
        "private_opened_at",
        "provider_message_id",
        "rejected_at",
        "sent_at",
        "status",
        "stored_times",
        "tenant_id",
        "unique_clicks",
        "unsubscribed_at",
        "variant",
        "visits",
    )

    def __init__(self, message_id: int, tenant_id: int, campaign_id: int, created_at: int, is_counted: bool = True) -> None:
        self.message_id = message_id
        self.tenant_id = tenant_id
        self.campaign_id = campaign_id
        self.created_at = created_at
        self.is_counted = is_counted
        self.is_changed = False
        self.is_rewritten = False
        self.status = "queued"
        self.mailbox: str | None = None
        self.variant: str | None = None
        self.stored_times: tuple[int | None, int | None] = (None, None)
        self.provider_message_id: str | None = None
        self.sent_at: int | None = None
        self.delivered_at: int | None = None
        self.deferred_at: int | None = None
        self.opened_at: int | None = None
        self.human_opened_at: int | None = None
        self.private_opened_at: int | None = None
        self.clicked_at: int | None = None
        self.human_clicked_at: int | None = None
        self.bounced_at: int | None = None
        self.complained_at: int | None = None
        self.unsubscribed_at: int | None = None
        self.rejected_at: int | None = None
        self.opens = 0
        self.human_opens = 0
        self.clicks = 0
        self.human_clicks = 0
        self.unique_clicks = 0
        self.bounce_type: str | None = None
        self.bounce_category: str | None = None
        self.bounce_reason: str | None = None
        self.last_bounced_at: int | None = None
        self.last_event_at: int | None = None
        self.visits: set[int] = set()
        self.packed_visits: bytes | None = None


def status(state: MessageState) -> str:
    """Where the message stands on the ladder, as the text of an events.Status."""
    if state.clicked_at is not None:
        return "clicked"
    if state.opened_at is not None:
        return "opened"
    if state.bounced_at is not None:
        return "bounced"
    if state.delivered_at is not None:
        return "delivered"
    if state.rejected_at is not None:
        return "rejected"
    return "queued" if state.sent_at is None else "sent"


#: What a message's standing follows from: hand-over, its firsts, the others, what is told of its bounce. See contributed().
Standing = tuple[Any, ...]
standing_of: Callable[[MessageState], Standing] = attrgetter(
    "sent_at", "created_at", "opened_at", "human_opened_at", "clicked_at", "human_clicked_at",
    "delivered_at", "bounced_at", "complained_at", "unsubscribed_at", "rejected_at", "private_opened_at",
    "bounce_type", "bounce_category", "bounce_reason",
)  # fmt: skip
#: What is counted of it again and again.
Tallies = tuple[int, ...]
tallies_of: Callable[[MessageState], Tallies] = attrgetter("opens", "human_opens", "clicks", "human_clicks", "unique_clicks")


def contribution(state: MessageState) -> tuple[int, ...]:
    """What the message adds to each of metrics.COUNTS. Test and untracked messages add nothing."""
    return contributed(standing_of(state), tallies_of(state)) if state.is_counted else NOTHING


def contributed(standing: Standing, tallies: Tallies) -> tuple[int, ...]:
    """What a message that counts adds to each of metrics.COUNTS."""
    (
        sent_at, _, opened_at, human_opened_at, clicked_at, human_clicked_at,
        delivered_at, bounced_at, complained_at, unsubscribed_at, rejected_at, private_opened_at, _, _, _,
    ) = standing  # fmt: skip
    opened = opened_at is not None  # a counted click sets it too
    bounced = bounced_at is not None
    arrived = opened or delivered_at is not None
    human_opened = human_opened_at is not None
    private = private_opened_at is not None
    rejected = rejected_at is not None and not arrived and not bounced
    sent = not rejected and (arrived or bounced or sent_at is not None)
    return (
        sent,
        sent and (arrived or not bounced),
        opened,
        human_opened,
        clicked_at is not None,
        human_clicked_at is not None,
        bounced,
        complained_at is not None,
        unsubscribed_at is not None,
        rejected,
        *tallies,
        private,
        private and human_opened,
    )


def anchor(standing: Standing) -> int:
    """The start of the quarter-hour in whose cohort a message is: that of its hand-over, else of its registration."""
    begun: int = standing[0] or standing[1]
    return begun - begun % QUARTER
