"""Gmail: mail that came back, as the Gmail API gives it or raw; Pub/Sub's pushes; and the JSON form of the system before.

https://developers.google.com/workspace/gmail/api/guides/push says only that something is new in a mailbox: reading it is the
mailbox poller's business.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from little_bell.domain.events import EventType
from little_bell.providers.base import JSON, Provider, Request, Told, fingerprint
from little_bell.providers.google import is_service_account, verify
from little_bell.providers.reading import failure, message_id_token, message_ids, micros, table, text, tokens

#: `status` of the form of the system before.
STATUSES = {
    "permanent-failure": (EventType.BOUNCED, True),
    "temporary-failure": (EventType.BOUNCED, False),
    "delayed": (EventType.DEFERRED, False),
    "delivered": (EventType.DELIVERED, False),
}
MAIL = frozenset({"message/rfc822", "text/plain", "application/octet-stream"})


def read(request: Request) -> Iterator[Told]:
    """What is said in JSON; a mail is read by whoever reads mail."""
    if request.kind in MAIL:
        return
    event = _content(request)
    if "raw" not in event:
        yield _told(event)


def mails(request: Request) -> Iterator[bytes]:
    """The raw mail in a request, if there is one. Raises ValueError."""
    if request.kind in MAIL:
        yield request.body
    elif raw := _content(request).get("raw"):
        yield _decode(raw)


def _content(request: Request) -> Mapping[str, Any]:
    """The object in the body, or in the envelope of Pub/Sub. Raises ValueError."""
    found = orjson.loads(request.body)
    if not isinstance(found, dict):
        raise ValueError("an object is wanted")
    envelope = table(found.get("message"))
    if "subscription" in found and "data" in envelope:
        inner = orjson.loads(_decode(envelope["data"]))
        return {**inner, "pubsub_id": envelope.get("messageId")} if isinstance(inner, dict) else {}
    return found


def _decode(value: str) -> bytes:
    return b64decode(value.replace("+", "-").replace("/", "_") + "=" * (-len(value) % 4), altchars=b"-_", validate=True)


def _told(event: Mapping[str, Any]) -> Told:
    word = text(event.get("status")) or ("historyId" if "historyId" in event else "(nothing)")
    kind, is_permanent = STATUSES.get(word, (None, False))
    named = event.get("message_id")
    said = " ".join(filter(None, (text(event.get("diagnostic_code")), text(event.get("reason")))))
    bounce = failure(said, is_permanent=is_permanent) if kind == EventType.BOUNCED else None
    if bounce is not None:
        bounce.reason, bounce.diagnostic_code = text(event.get("reason")) or bounce.reason, text(event.get("diagnostic_code")) or None
    return Told(
        word,
        kind,
        key=fingerprint(event),
        at=micros(event.get("timestamp")),
        recipient=text(event.get("recipient") or event.get("email")),
        tokens=tokens(event.get("token"), dict(event), message_id_token(named)),
        message_ids=message_ids(named) if isinstance(named, str) else [],
        message_id=int(text(named)) if text(named).isdigit() and len(text(named)) < 19 else 0,
        bounce=bounce,
    )


PROVIDER = Provider(
    "gmail",
    "Gmail",
    "the service account that Pub/Sub pushes as, as name@project.iam.gserviceaccount.com",
    verify,
    read,
    kinds=JSON | MAIL,
    is_secret=is_service_account,
    mails=mails,
)
