"""Mandrill (Mailchimp Transactional): https://mailchimp.com/developer/transactional/docs/webhooks/"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Proof, Provider, Request, Told, fingerprint
from little_bell.providers.proofs import same
from little_bell.providers.reading import destination, failure, form, message_ids, micros, table, text, tokens

EVENTS = {
    "send": EventType.SENT,
    "delivered": EventType.DELIVERED,
    "deferral": EventType.DEFERRED,
    "hard_bounce": EventType.BOUNCED,
    "soft_bounce": EventType.BOUNCED,
    "reject": EventType.REJECTED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
    "spam": EventType.COMPLAINED,
    "unsub": EventType.UNSUBSCRIBED,
}
DESCRIPTIONS = {
    "bad_mailbox": Reason.USER_UNKNOWN,
    "invalid_domain": Reason.HOST_UNKNOWN,
    "mailbox_full": Reason.MAILBOX_FULL,
    "message_too_large": Reason.TOO_LARGE,
    "general": Reason.UNKNOWN,
}


def verify(request: Request, secret: str) -> Proof | None:
    """HMAC-SHA1 over the URL, exactly as it stands in Mandrill, and the fields. `secret` may be `key URL` where that differs."""
    key, _, url = secret.partition(" ")
    fields = form(request)
    signed = (url.strip() or request.url) + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    expected = b64encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha1)).decode()
    return Proof() if fields and same(request.headers.get("x-mandrill-signature", ""), expected) else None


def read(request: Request) -> Iterator[Told]:
    """A batch in one field of a form."""
    for event in orjson.loads(form(request)["mandrill_events"]):
        word, message = text(event.get("event")), table(event.get("msg"))
        kind = EVENTS.get(word)
        url, clicked = destination(event.get("url"))
        yield Told(
            word or text(event.get("type")),
            kind,
            key=fingerprint(event),
            at=micros(event.get("ts")),
            recipient=text(message.get("email")),
            tokens=tokens(message.get("metadata"), clicked),
            message_ids=message_ids(event.get("_id") or message.get("_id")),
            url=url,
            address=text(event.get("ip")),
            agent=text(event.get("user_agent")),
            bounce=_bounce(message, word) if kind == EventType.BOUNCED else None,
        )


def _bounce(message: Mapping[str, Any], word: str) -> BounceFacts:
    description = text(message.get("bounce_description"))
    category = DESCRIPTIONS.get(description)
    return failure(message.get("diag") or description, is_permanent=word == "hard_bounce", category=category, subtype=description)


KINDS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
SECRET = "the webhook key, with a space and the URL behind it if a proxy changes that"
PROVIDER = Provider("mandrill", "Mandrill", SECRET, verify, read, KINDS)
