"""Brevo: https://developers.brevo.com/docs/transactional-webhooks"""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Provider, Request, Told, fingerprint
from little_bell.providers.proofs import by_password, is_password
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, objects, text, tokens

EVENTS = {
    "request": EventType.SENT,
    "delivered": EventType.DELIVERED,
    "deferred": EventType.DEFERRED,
    "hard_bounce": EventType.BOUNCED,
    "soft_bounce": EventType.BOUNCED,
    "invalid_email": EventType.BOUNCED,
    "blocked": EventType.REJECTED,
    "error": EventType.REJECTED,
    "spam": EventType.COMPLAINED,
    "complaint": EventType.COMPLAINED,
    "opened": EventType.OPENED,
    "unique_opened": EventType.OPENED,
    "proxy_open": EventType.OPENED,
    "unique_proxy_open": EventType.OPENED,
    "click": EventType.CLICKED,
    "unsubscribed": EventType.UNSUBSCRIBED,
    "unsubscribe": EventType.UNSUBSCRIBED,
}
#: Two events of one open: the first of a reader is told under both words.
TWINS = {"unique_opened": "opened", "unique_proxy_open": "proxy_open"}


def read(request: Request) -> Iterator[Told]:
    """One event, or an array of them where batches are switched on."""
    for event in objects(request):
        word = text(event.get("event")).lower()
        kind = EVENTS.get(word)
        url, clicked = destination(event.get("link"))
        message_id = event.get("message-id")
        yield Told(
            word,
            kind,
            key=fingerprint(TWINS.get(word, word), message_id, event.get("email"), _time(event), event.get("link")),
            at=_time(event),
            recipient=text(event.get("email")),
            tokens=tokens(event.get("X-Mailin-custom"), clicked, message_id_token(message_id)),
            message_ids=message_ids(message_id),
            url=url,
            agent=text(event.get("user_agent")),
            is_machine="proxy" in word,
            bounce=_bounce(event, word) if kind == EventType.BOUNCED else None,
        )


def _time(event: Mapping[str, Any]) -> int | None:
    """`ts_epoch` alone is UTC whatever the account's zone; it is in milliseconds, in some events in seconds."""
    when = event.get("ts_epoch")
    return micros(when, 1_000) or micros(when) or micros(event.get("ts_event")) or micros(event.get("ts"))


def _bounce(event: Mapping[str, Any], word: str) -> BounceFacts:
    category = Reason.USER_UNKNOWN if word in ("hard_bounce", "invalid_email") else None
    return failure(event.get("reason"), is_permanent=word != "soft_bounce", category=category, subtype=word)


PROVIDER = Provider(
    "brevo",
    "Brevo",
    "the token or user:password of the webhook",
    by_password("x-webhook-token"),
    read,
    makes_secret=True,
    is_secret=is_password,
)
