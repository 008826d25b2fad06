"""SendGrid's Event Webhook: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event"""

from collections.abc import Iterator
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Proof, Provider, Request, Told, fingerprint
from little_bell.providers.proofs import is_ec_key, is_ecdsa, public_key, seconds, unbase64
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, objects, text, tokens

EVENTS = {
    "processed": EventType.SENT,
    "delivered": EventType.DELIVERED,
    "deferred": EventType.DEFERRED,
    "bounce": EventType.BOUNCED,
    "dropped": EventType.REJECTED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
    "spamreport": EventType.COMPLAINED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "group_unsubscribe": EventType.UNSUBSCRIBED,
}
#: `bounce_classification`, where the server's words say nothing.
CLASSES = {
    "Invalid Address": Reason.USER_UNKNOWN,
    "Mailbox Unavailable": Reason.MAILBOX_INACTIVE,
    "Technical": Reason.SERVER,
    "Content": Reason.CONTENT,
    "Reputation": Reason.BLOCKED,
    "Frequency or Volume Too High": Reason.BLOCKED,
}


def verify(request: Request, secret: str) -> Proof | None:
    """ECDSA over timestamp and body; the secret is the public key that SendGrid shows."""
    timestamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
    signature = unbase64(request.headers.get("x-twilio-email-event-webhook-signature", ""))
    is_good = signature and is_ecdsa(public_key(secret), signature, timestamp.encode() + request.body)
    return Proof(seconds(timestamp) or 0.0) if is_good else None


def read(request: Request) -> Iterator[Told]:
    """Custom arguments lie flat among an event's own fields."""
    for event in objects(request):
        word = text(event.get("event"))
        url, clicked = destination(event.get("url"))
        sg_message_id = text(event.get("sg_message_id"))
        yield Told(
            word=word,
            type=EVENTS.get(word),
            key=text(event.get("sg_event_id")) or fingerprint(event),
            at=micros(event.get("timestamp")),
            recipient=text(event.get("email")),
            # In the system that Little Bell grew from, sg_message_id was the token itself.
            tokens=tokens(event, clicked, sg_message_id, message_id_token(event.get("smtp-id"))),
            # What the API call answers as X-Message-Id stands before the first dot.
            message_ids=message_ids(sg_message_id.partition(".")[0], event.get("smtp-id"), sg_message_id),
            url=url,
            address=text(event.get("ip")) if word in ("open", "click") else "",  # else it is SendGrid's own
            agent=text(event.get("useragent")),
            is_machine=event.get("sg_machine_open") is True,
            bounce=_bounce(event) if word == "bounce" else None,
        )


def _bounce(event: dict[str, Any]) -> BounceFacts:
    """`type` is bounce or blocked; a blocked one may go through later. Our old system's form says `bounce_type`."""
    kind = text(event.get("bounce_type")) or ("temporary" if event.get("type") == "blocked" else "permanent")
    category = CLASSES.get(text(event.get("bounce_classification")))
    is_permanent = kind not in ("temporary", "soft", "blocked")
    return failure(event.get("reason"), status=event.get("status"), is_permanent=is_permanent, category=category, subtype=event.get("type"))


PROVIDER = Provider("sendgrid", "SendGrid", "the verification key of the signed Event Webhook", verify, read, is_secret=is_ec_key)
