"""Postal: https://docs.postalserver.io/developer/webhooks"""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Proof, Provider, Request, Told, fingerprint
from little_bell.providers.proofs import is_rsa, is_rsa_key, public_key, unbase64
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, objects, table, text, tokens

EVENTS = {
    "MessageSent": EventType.DELIVERED,  # the recipient's server took it
    "MessageDelayed": EventType.DEFERRED,
    "MessageDeliveryFailed": EventType.BOUNCED,
    "MessageBounced": EventType.BOUNCED,
    "MessageHeld": EventType.DEFERRED,
    "MessageLinkClicked": EventType.CLICKED,
    "MessageLoaded": EventType.OPENED,
}


def verify(request: Request, secret: str) -> Proof | None:
    """RSA over the body, with SHA-256 and, by older versions, with SHA-1 alone; the secret is the installation's public key."""
    key, signature = public_key(secret), request.headers.get("x-postal-signature-256", "")
    is_sha1 = not signature
    given = unbase64(signature or request.headers.get("x-postal-signature", ""))
    return Proof() if given and is_rsa(key, given, request.body, is_sha1=is_sha1) else None


def read(request: Request) -> Iterator[Told]:
    """One event a request; a bounce tells of the mail that came back and of the one that was sent."""
    for event in objects(request):
        word, payload = text(event.get("event")), table(event.get("payload"))
        message = table(payload.get("original_message") or payload.get("message"))
        kind = EVENTS.get(word)
        url, clicked = destination(payload.get("url"))
        yield Told(
            word,
            kind,
            key=text(event.get("uuid")) or fingerprint(event),
            at=micros(payload.get("timestamp") or event.get("timestamp")),
            recipient=text(message.get("to")),
            tokens=tokens(clicked, message.get("tag"), message_id_token(message.get("message_id"))),
            message_ids=message_ids(message.get("message_id"), message.get("token")),
            url=url,
            address=text(payload.get("ip_address")),
            agent=text(payload.get("user_agent")),
            bounce=_bounce(payload) if kind == EventType.BOUNCED else None,
        )


def _bounce(payload: Mapping[str, Any]) -> BounceFacts:
    said = " ".join(filter(None, (text(payload.get("output")), text(payload.get("details")))))
    is_permanent = False if payload.get("status") == "SoftFail" else True if payload.get("status") == "HardFail" else None
    return failure(said or "the message came back", is_permanent=is_permanent, subtype=payload.get("status"))


PROVIDER = Provider(
    "postal", "Postal", "the public key of the installation, as in its DKIM record (p=…) or PEM", verify, read, is_secret=is_rsa_key
)
