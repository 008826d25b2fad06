"""What each message's readers clicked: rows of link_clicks as the fold's states, and back."""

from collections.abc import Collection, Iterable, Mapping

from little_bell.domain.events import Event
from little_bell.domain.lifecycle import MessageState
from little_bell.domain.sums import LinkState
from little_bell.projector.store import Store

Clicks = dict[tuple[int, int], LinkState]


def load_clicks(store: Store, events: Iterable[Event]) -> Clicks:
    """The known clicks of the messages that were clicked, by (message id, link id)."""
    return clicks_of(store, {event.message_id for event in events if event.link_id is not None})


def clicks_of(store: Store, message_ids: Collection[int]) -> Clicks:
    """The known clicks of some messages, by (message id, link id)."""
    if not message_ids:
        return {}
    return {(row[0], row[1]): LinkState(*row[2:]) for row in store.clicks_of(list(message_ids))}


def write_clicks(store: Store, states: Mapping[int, MessageState], clicks: Mapping[tuple[int, int], LinkState]) -> None:
    """Write clicks, by (message id, link id); `states` holds their messages."""
    rows = [
        (
            key[0], key[1], states[key[0]].tenant_id, states[key[0]].campaign_id,
            link.first_at, link.human_first_at, link.clicks, link.human_clicks,
        )
        for key, link in sorted(clicks.items())
    ]  # fmt: skip
    if rows:
        store.write_clicks(rows)
