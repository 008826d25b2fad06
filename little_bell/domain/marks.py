"""What a sender says of a message by the name of an event, as in the system that Little Bell grew from."""

from collections.abc import Mapping
from typing import Any

from little_bell.domain.errors import Invalid

#: The words that may be said, and the field that a bare text beside one of them fills.
_TEXT = {"queued": None, "sent": None, "opened": None, "clicked": "url", "bounced": "bounce_reason"}
_ALSO = {"open": "opened", "click": "clicked", "bounce": "bounced"}


def mark_of(event_type: str, event_data: Mapping[str, Any] | str | None = None) -> tuple[str, dict[str, Any]]:
    """The mark's word and its fields; `queued` needs no mark, since registering the message is it.

    Raises Invalid for another word, and for a text that says nothing of such an event.
    """
    word = _ALSO.get(event_type, event_type)
    if word not in _TEXT:
        raise Invalid(f"event_type: one of {', '.join(_TEXT)} can be added, not {event_type!r}", "event_type")
    if not isinstance(event_data, str):
        return word, dict(event_data or {})
    field = _TEXT[word]
    if field is None:
        raise Invalid(f"event_data: a text says nothing of the event {word}", "event_data")
    return word, {field: event_data}
