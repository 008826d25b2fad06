"""Message rows as fold states and back, in the raw form both drivers share."""

from array import array
from collections.abc import Iterable
from operator import attrgetter
from sys import byteorder
from typing import Any

from little_bell.domain.lifecycle import MessageState, status
from little_bell.domain.visits import newest_visits
from little_bell.models import now, to_micros
from little_bell.models.message import INDEXED_STATE

#: What a fold can change of a message.
STATE_COLUMNS = (
    "provider_message_id",
    "sent_at",
    "delivered_at",
    "deferred_at",
    "opened_at",
    "human_opened_at",
    "private_opened_at",
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
#: What opens alone change, but for what an index holds.
OPEN_COLUMNS = ("opened_at", "private_opened_at", "opens", "human_opens", "last_event_at")
#: What is written beside, derived from the state.
DERIVED_COLUMNS = ("updated_at", "recent_visits", "mailbox")
#: What it reads before them.
KEY_COLUMNS = ("id", "tenant_id", "campaign_id", "created_at", "is_test", "is_tracked", "token", "recipient_email", "mailbox", "variant")

READ_COLUMNS = ", ".join(f"messages.{column}" for column in (*KEY_COLUMNS, *STATE_COLUMNS, "recent_visits", "status"))

Row = tuple[Any, ...]
#: Values in one IN (…); SQLite takes 32,766.
MANY = 5_000
#: By columns: rows of their values, then the message's id.
Writes = dict[tuple[str, ...], list[Row]]

_PLAIN_COLUMNS = tuple(column for column in STATE_COLUMNS if column not in INDEXED_STATE)
_ALL, _OPENS = (*_PLAIN_COLUMNS, *DERIVED_COLUMNS), (*OPEN_COLUMNS, *DERIVED_COLUMNS)
_ALL_AND_INDEXED, _OPENS_AND_INDEXED = (*_ALL, *INDEXED_STATE), (*_OPENS, *INDEXED_STATE)
_whole, _plain = attrgetter(*STATE_COLUMNS), attrgetter(*_PLAIN_COLUMNS)


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
        state.mailbox,
        state.variant,
        state.provider_message_id,
        state.sent_at,
        state.delivered_at,
        state.deferred_at,
        state.opened_at,
        state.human_opened_at,
        state.private_opened_at,
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
        state.packed_visits,
        state.status,
    ) = row
    state.is_counted = bool(is_tracked) and not is_test
    state.stored_times = (state.human_opened_at, state.human_clicked_at)
    state.is_changed = state.is_rewritten = False
    state.visits = set()
    return state


def unpack_visits(state: MessageState) -> None:
    """Put the stored visits into `visits`. Most events come in a newer minute, and spare themselves that."""
    if state.packed_visits:
        state.visits.update(array("q", state.packed_visits))
        state.packed_visits = None


def values_of(state: MessageState) -> Row:
    """The values of STATE_COLUMNS."""
    return tuple(_whole(state))


def writes_of(states: Iterable[MessageState]) -> Writes:
    """What is to be written of some states: by the columns that are, rows of these and the id.

    Most changes are opens, which touch few columns; what lies in an index is written only where it changed: SQLite rewrites the
    entries of every column that a statement names, changed or not.
    """
    updated_at = to_micros(now())
    writes: Writes = {columns: [] for columns in (_OPENS, _OPENS_AND_INDEXED, _ALL, _ALL_AND_INDEXED)}
    opens, risen_opens, whole, risen = writes.values()
    for state in states:
        reads, times = status(state), (state.human_opened_at, state.human_clicked_at)
        is_same = reads == state.status and times == state.stored_times
        if state.is_rewritten:
            row: Row = (*_plain(state), updated_at, _pack_visits(state), state.mailbox)
            same, changed = whole, risen
        else:
            row = (
                state.opened_at, state.private_opened_at, state.opens, state.human_opens, state.last_event_at, updated_at,
                _pack_visits(state), state.mailbox,
            )  # fmt: skip
            same, changed = opens, risen_opens
        if is_same:
            same.append((*row, state.message_id))
        else:
            changed.append((*row, reads, *times, state.message_id))
    return writes


def changed_readings(writes: Writes) -> list[int]:
    """The messages of which more changes than how often they were opened."""
    return [row[-1] for columns, rows in writes.items() if columns is not _OPENS for row in rows]


def _pack_visits(state: MessageState) -> bytearray | bytes | None:
    """A bytearray where there is something: the driver binds that at once, and has to look for how to bind bytes."""
    visits = state.visits
    if not visits:
        return state.packed_visits
    if len(visits) == 1:  # nearly always
        (only,) = visits
        return bytearray(only.to_bytes(8, byteorder))
    return bytearray(array("q", newest_visits(visits)))
