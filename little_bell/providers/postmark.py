"""Postmark: https://postmarkapp.com/developer/webhooks/webhooks-overview"""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Provider, Request, Told, fingerprint
from little_bell.providers.proofs import by_password, is_password
from little_bell.providers.reading import destination, failure, message_ids, micros, objects, table, text, tokens

EVENTS = {
    "Bounce": EventType.BOUNCED,
    "SpamComplaint": EventType.COMPLAINED,
    "Delivery": EventType.DELIVERED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}
#: What a bounce's `Type` is where it is no final failure: https://postmarkapp.com/developer/api/bounce-api#bounce-types
TYPES: dict[str, EventType | None] = {
    "Transient": EventType.DEFERRED,
    "Unsubscribe": EventType.UNSUBSCRIBED,
    "SpamComplaint": EventType.COMPLAINED,
    "ManuallyDeactivated": EventType.REJECTED,
    "TemplateRenderingFailed": EventType.REJECTED,
    "SMTPApiError": EventType.REJECTED,
    "InboundError": None,
    "Subscribe": None,
    "AutoResponder": None,
    "AddressChange": None,
    "OpenRelayTest": None,
    "ChallengeVerification": None,
    "Unconfirmed": None,
}
REASONS = {
    "HardBounce": Reason.USER_UNKNOWN,
    "BadEmailAddress": Reason.USER_UNKNOWN,
    "DnsError": Reason.HOST_UNKNOWN,
    "SpamNotification": Reason.CONTENT,
    "VirusNotification": Reason.CONTENT,
    "Blocked": Reason.BLOCKED,
    "DMARCPolicy": Reason.AUTH,
}
PERMANENT = frozenset({"HardBounce", "BadEmailAddress"})
#: Why Postmark stopped sending to an address.
CHANGES = {
    "HardBounce": EventType.BOUNCED,
    "SpamComplaint": EventType.COMPLAINED,
    "ManualSuppression": EventType.UNSUBSCRIBED,
}
_TIMES = ("BouncedAt", "DeliveredAt", "ReceivedAt", "ChangedAt")


def read(request: Request) -> Iterator[Told]:
    """One event a request."""
    for event in objects(request):
        word, said = text(event.get("RecordType")), text(event.get("Type"))
        kind = EVENTS.get(word)
        if word == "Bounce":
            kind = TYPES.get(said, EventType.BOUNCED)
        elif word == "SubscriptionChange":
            said = text(event.get("SuppressionReason"))
            kind = CHANGES.get(said) if event.get("SuppressSending") else None
        url, clicked = destination(event.get("OriginalLink"))
        yield Told(
            f"{word} {said}" if word in ("Bounce", "SubscriptionChange") else word,
            kind,
            key=_key(event, kind),
            at=next((when for name in _TIMES if (when := micros(event.get(name)))), None),
            recipient=text(event.get("Email") or event.get("Recipient")),
            tokens=tokens(event.get("Metadata"), clicked, event.get("Tag")),
            message_ids=message_ids(event.get("MessageID")),
            url=url,
            address=text(table(event.get("Geo")).get("IP")),
            agent=text(event.get("UserAgent")),
            bounce=_bounce(event, said) if kind == EventType.BOUNCED else None,
        )


def _key(event: Mapping[str, Any], kind: EventType | None) -> str:
    """A final failure comes as a bounce and as a change of subscription; it is one."""
    if kind in (EventType.BOUNCED, EventType.COMPLAINED, EventType.UNSUBSCRIBED) and event.get("MessageID"):
        return fingerprint(event["MessageID"], str(kind))
    return fingerprint(event)


def _bounce(event: Mapping[str, Any], said: str) -> BounceFacts:
    words = event.get("Details") or event.get("Description") or said
    return failure(words, is_permanent=said in PERMANENT, category=REASONS.get(said), subtype=said)


PROVIDER = Provider(
    "postmark",
    "Postmark",
    "user:password, put into the URL",
    by_password("x-webhook-token"),
    read,
    makes_secret=True,
    is_secret=is_password,
)
