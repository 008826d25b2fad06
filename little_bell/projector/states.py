"""Message rows as fold states and back, in the raw form both drivers share."""

from array import array
from typing import Any

from little_bell.domain.fold import newest_visits
from little_bell.domain.lifecycle import MessageState, status

#: What the projector writes of a message, in this order in all hot statements.
STATE_COLUMNS = (
    "provider_message_id",
    "sent_at",
    "delivered_at",
    "deferred_at",
    "opened_at",
    "human_opened_at",
    "clicked_at",
    "human_clicked_at",
    "bounced_at",
    "complained_at",
    "unsubscribed_at",
    "rejected_at",
    "opens",
    "human_opens",
    "clicks",
    "human_clicks",
    "unique_clicks",
    "bounce_type",
    "bounce_category",
    "bounce_reason",
    "last_bounced_at",
    "last_event_at",
)
#: What it writes beside: derived from the state.
DERIVED_COLUMNS = ("status", "updated_at", "recent_visits")
#: What it reads before them.
KEY_COLUMNS = ("id", "tenant_id", "campaign_id", "created_at", "is_test", "is_tracked", "token", "recipient_email")

READ_COLUMNS = ", ".join((*KEY_COLUMNS, *STATE_COLUMNS, "recent_visits"))
_FIRST = len(KEY_COLUMNS)

Row = tuple[Any, ...]


def state_of(row: Row) -> MessageState:
    """The state in a row of READ_COLUMNS."""
    state = MessageState(row[0], row[1], row[2], row[3], bool(row[5]) and not row[4])
    (
        state.provider_message_id,
        state.sent_at,
        state.delivered_at,
        state.deferred_at,
        state.opened_at,
        state.human_opened_at,
        state.clicked_at,
        state.human_clicked_at,
        state.bounced_at,
        state.complained_at,
        state.unsubscribed_at,
        state.rejected_at,
        state.opens,
        state.human_opens,
        state.clicks,
        state.human_clicks,
        state.unique_clicks,
        state.bounce_type,
        state.bounce_category,
        state.bounce_reason,
        state.last_bounced_at,
        state.last_event_at,
        visits,
    ) = row[_FIRST:]
    if visits:
        state.visits = set(array("q", visits))
    return state


def values_of(state: MessageState) -> Row:
    """The values of STATE_COLUMNS."""
    return (
        state.provider_message_id,
        state.sent_at,
        state.delivered_at,
        state.deferred_at,
        state.opened_at,
        state.human_opened_at,
        state.clicked_at,
        state.human_clicked_at,
        state.bounced_at,
        state.complained_at,
        state.unsubscribed_at,
        state.rejected_at,
        state.opens,
        state.human_opens,
        state.clicks,
        state.human_clicks,
        state.unique_clicks,
        state.bounce_type,
        state.bounce_category,
        state.bounce_reason,
        state.last_bounced_at,
        state.last_event_at,
    )


def derived_of(state: MessageState, updated_at: int) -> tuple[str, int, bytes | None]:
    """The values of DERIVED_COLUMNS."""
    visits = state.visits
    newest = visits if len(visits) == 1 else newest_visits(visits)
    return status(state).value, updated_at, array("q", newest).tobytes() if visits else None
