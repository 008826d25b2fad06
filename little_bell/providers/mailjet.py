"""Mailjet: https://dev.mailjet.com/email/guides/webhooks/"""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Provider, Request, Told, fingerprint
from little_bell.providers.proofs import by_password, is_password
from little_bell.providers.reading import destination, failure, message_ids, micros, objects, text, tokens

EVENTS = {
    "sent": EventType.DELIVERED,  # taken by the recipient's server
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
    "bounce": EventType.BOUNCED,
    "blocked": EventType.REJECTED,
    "spam": EventType.COMPLAINED,
    "unsub": EventType.UNSUBSCRIBED,
}
#: `error`: https://dev.mailjet.com/email/guides/webhooks/#possible-values-for-errors
ERRORS = {
    "user unknown": Reason.USER_UNKNOWN,
    "mailbox inactive": Reason.MAILBOX_INACTIVE,
    "quota exceeded": Reason.MAILBOX_FULL,
    "invalid domain": Reason.HOST_UNKNOWN,
    "no mail host": Reason.HOST_UNKNOWN,
    "relay/access denied": Reason.POLICY,
    "greylisted": Reason.SERVER,
    "sender blocked": Reason.BLOCKED,
    "content blocked": Reason.CONTENT,
    "policy issue": Reason.POLICY,
    "system issue": Reason.SERVER,
    "protocol issue": Reason.SERVER,
    "connection issue": Reason.NETWORK,
    "spammer": Reason.BLOCKED,
}


def read(request: Request) -> Iterator[Told]:
    """One event, or an array of them where the URL groups them."""
    for event in objects(request):
        word = text(event.get("event"))
        kind = EVENTS.get(word)
        if word == "bounce" and event.get("error") == "greylisted":
            kind = EventType.DEFERRED  # Mailjet goes on trying
        url, clicked = destination(event.get("url"))
        yield Told(
            word,
            kind,
            key=fingerprint(event),
            at=micros(event.get("time")),
            recipient=text(event.get("email")),
            tokens=tokens(event.get("CustomID"), event.get("Payload"), clicked),
            message_ids=message_ids(event.get("Message_GUID"), event.get("MessageID")),
            url=url,
            address=text(event.get("ip")),
            agent=text(event.get("agent")),
            bounce=_bounce(event) if kind == EventType.BOUNCED else None,
        )


def _bounce(event: Mapping[str, Any]) -> BounceFacts:
    error = text(event.get("error"))
    said = event.get("comment") or error
    return failure(said, is_permanent=event.get("hard_bounce") is True, category=ERRORS.get(error), subtype=error)


PROVIDER = Provider("mailjet", "Mailjet", "user:password, put into the URL", by_password(), read, makes_secret=True, is_secret=is_password)
