"""Message rows as fold states and back, in the raw form both drivers share."""

from array import array
from typing import Any

from little_bell.domain.fold import newest_visits
from little_bell.domain.lifecycle import MessageState

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
#: What it writes beside, derived from the state.
DERIVED_COLUMNS = ("updated_at", "recent_visits")
#: What it reads before them.
KEY_COLUMNS = ("id", "tenant_id", "campaign_id", "created_at", "is_test", "is_tracked", "token", "recipient_email")

READ_COLUMNS = ", ".join((*KEY_COLUMNS, *STATE_COLUMNS, "recent_visits", "status"))

Row = tuple[Any, ...]
#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000


def state_of(row: Row) -> MessageState:
    """The state in a row of READ_COLUMNS."""
    state = MessageState.__new__(MessageState)  # __init__ would set what is set again here
    (
        state.message_id,
        state.tenant_id,
        state.campaign_id,
        state.created_at,
        is_test,
        is_tracked,
        _token,
        _recipient,
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
        state.status,
    ) = row
    state.is_counted = bool(is_tracked) and not is_test
    state.is_changed = False
    state.visits = set(array("q", visits)) if visits else set()
    return state


def values_of(state: MessageState) -> Row:
    """The values of STATE_COLUMNS."""
    return tuple([getattr(state, name) for name in STATE_COLUMNS])


def written_of(state: MessageState, updated_at: int, *more: int | str) -> Row:
    """The values of STATE_COLUMNS and DERIVED_COLUMNS, then `more`: built in one go, since it happens once a message and fold."""
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
        updated_at,
        array("q", newest_visits(state.visits)).tobytes() if state.visits else None,
        *more,
    )
