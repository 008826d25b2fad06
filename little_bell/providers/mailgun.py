"""Mailgun: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/ ; older accounts send forms."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any

import orjson

from little_bell.domain.bounces import Reason
from little_bell.domain.events import EventType
from little_bell.providers.base import JSON, Proof, Provider, Request, Told, fingerprint
from little_bell.providers.proofs import same, seconds
from little_bell.providers.reading import destination, failure, form, message_id_token, message_ids, micros, table, text, tokens

EVENTS = {
    "accepted": EventType.SENT,
    "delivered": EventType.DELIVERED,
    "failed": EventType.BOUNCED,
    "rejected": EventType.REJECTED,
    "opened": EventType.OPENED,
    "clicked": EventType.CLICKED,
    "unsubscribed": EventType.UNSUBSCRIBED,
    "complained": EventType.COMPLAINED,
    # of the older form alone
    "bounced": EventType.BOUNCED,
    "dropped": EventType.REJECTED,
}
REASONS = {"greylisted": Reason.SERVER, "espblock": Reason.BLOCKED, "old": Reason.EXPIRED, "suppress-bounce": Reason.USER_UNKNOWN}
#: What Mailgun keeps from being sent because of earlier events.
SUPPRESSED = ("suppress-bounce", "suppress-complaint", "suppress-unsubscribe")


def verify(request: Request, secret: str) -> Proof | None:
    """HMAC over timestamp and token alone: whoever saw one could put another body to it, so each token counts once."""
    fields = form(request) if request.kind != "application/json" else table(table(_json(request)).get("signature"))
    timestamp, token = text(fields.get("timestamp")), text(fields.get("token"))
    expected = hmac.digest(secret.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hex()
    is_good = token and same(text(fields.get("signature")), expected)
    return Proof(seconds(timestamp) or 0.0, token[:255]) if is_good else None


def _json(request: Request) -> Any:
    try:
        return orjson.loads(request.body)
    except ValueError:
        return None


def read(request: Request) -> Iterator[Told]:
    """One event a request."""
    if request.kind == "application/json":
        yield _told(orjson.loads(request.body)["event-data"])
    else:
        yield _told_by_form(form(request))


def _told(event: Mapping[str, Any]) -> Told:
    word, reason = text(event["event"]), text(event.get("reason"))
    headers = table(table(event.get("message")).get("headers"))
    status, client = table(event.get("delivery-status")), table(event.get("client-info"))
    url, clicked = destination(event.get("url"))
    kind = EVENTS.get(word)
    if word == "failed" and event.get("severity") == "temporary":
        kind = EventType.DEFERRED
    elif word == "failed" and reason in SUPPRESSED:
        kind = EventType.REJECTED
    said = " ".join(filter(None, (text(status.get("code")), text(status.get("message")) or text(status.get("description")))))
    return Told(
        word,
        kind,
        # Its id is unique within a day only.
        key=fingerprint(event.get("id"), event.get("timestamp"), word, event.get("recipient")),
        at=micros(event.get("timestamp")),
        recipient=text(event.get("recipient")) or parseaddr(text(headers.get("to")))[1],  # a rejected one has no other
        tokens=tokens(event.get("user-variables"), clicked, message_id_token(headers.get("message-id"))),
        message_ids=message_ids(headers.get("message-id")),
        url=url,
        address=text(event.get("ip")),
        agent=text(client.get("user-agent")),
        is_machine=bool(client.get("bot")),
        bounce=failure(said, status=status.get("enhanced-code"), is_permanent=True, category=REASONS.get(reason), subtype=reason)
        if kind == EventType.BOUNCED
        else None,
    )


def _told_by_form(fields: Mapping[str, str]) -> Told:
    word = fields.get("event", "")
    message_id = fields.get("Message-Id") or fields.get("message-id") or ""
    if not message_id and "message-headers" in fields:
        message_id = next((value for name, value in orjson.loads(fields["message-headers"]) if name == "Message-Id"), "")
    url, clicked = destination(fields.get("url"))
    said = " ".join(filter(None, (fields.get("code"), fields.get("error") or fields.get("description"))))
    return Told(
        word,
        EVENTS.get(word),
        key=text(fields.get("token")),
        at=micros(fields.get("timestamp")),
        recipient=text(fields.get("recipient")),
        tokens=tokens(dict(fields), clicked, message_id_token(message_id)),
        message_ids=message_ids(message_id),
        url=url,
        address=text(fields.get("ip")),
        agent=text(fields.get("user-agent")),
        bounce=failure(said, is_permanent=True, category=REASONS.get(fields.get("reason", ""))) if word == "bounced" else None,
    )


KINDS = JSON | {"application/x-www-form-urlencoded", "multipart/form-data"}
PROVIDER = Provider("mailgun", "Mailgun", "the HTTP webhook signing key", verify, read, kinds=KINDS)
