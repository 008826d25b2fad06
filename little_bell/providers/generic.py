"""Anything else that speaks JSON, in our own words: docs/providers.md, Generic."""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Proof, Provider, Request, Told, fingerprint
from little_bell.providers.proofs import by_password, by_standard_webhook
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, objects, table, text, tokens

EVENTS = {str(kind): kind for kind in EventType if kind != EventType.QUEUED}
ALSO = {"open": "opened", "click": "clicked", "bounce": "bounced", "complaint": "complained", "delivery": "delivered"}
ALSO |= {"unsubscribe": "unsubscribed", "deferral": "deferred", "reject": "rejected", "send": "sent"}

_by_signature, _by_password = by_standard_webhook("webhook"), by_password("x-webhook-token")


def verify(request: Request, secret: str) -> Proof | None:
    """Signed as the Standard Webhooks, or with the secret as it is."""
    return _by_signature(request, secret) or _by_password(request, secret)


def read(request: Request) -> Iterator[Told]:
    """One event, or an array of them."""
    for event in objects(request):
        word = text(event.get("event") or event.get("type"))
        kind = EVENTS.get(ALSO.get(word.lower(), word.lower()))
        url, clicked = destination(event.get("url"))
        yield Told(
            word,
            kind,
            key=text(event.get("id")) or fingerprint(event),
            at=micros(event.get("occurred_at") or event.get("timestamp")),
            recipient=text(event.get("recipient") or event.get("email")),
            tokens=tokens(event.get("token"), event, event.get("metadata"), clicked, message_id_token(event.get("message_id"))),
            message_ids=message_ids(event.get("provider_message_id"), event.get("message_id")),
            url=url,
            address=text(event.get("ip")),
            agent=text(event.get("user_agent")),
            is_machine=event.get("is_machine") is True,
            bounce=_bounce(event) if kind == EventType.BOUNCED else None,
        )


def _bounce(event: Mapping[str, Any]) -> BounceFacts:
    known = {str(reason): reason for reason in Reason}
    is_permanent = {"permanent": True, "hard": True, "temporary": False, "soft": False}.get(text(event.get("bounce_type")).lower())
    said = event.get("diagnostic_code") or event.get("bounce_reason") or event.get("reason")
    category = known.get(text(table(event).get("category")))
    return failure(said, status=event.get("status"), is_permanent=is_permanent, category=category, subtype=event.get("bounce_subtype"))


PROVIDER = Provider("generic", "Generic JSON", "a secret of your own", verify, read, makes_secret=True)
