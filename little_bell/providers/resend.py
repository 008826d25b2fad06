"""Resend: https://resend.com/docs/dashboard/webhooks/event-types"""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Provider, Request, Told
from little_bell.providers.proofs import by_standard_webhook, is_svix_secret
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, objects, table, text, tokens

EVENTS = {
    "email.sent": EventType.SENT,
    "email.delivered": EventType.DELIVERED,
    "email.delivery_delayed": EventType.DEFERRED,
    "email.bounced": EventType.BOUNCED,
    "email.complained": EventType.COMPLAINED,
    "email.opened": EventType.OPENED,
    "email.clicked": EventType.CLICKED,
    "email.failed": EventType.REJECTED,
    "email.suppressed": EventType.REJECTED,
}
SUBTYPES = {
    "General": Reason.USER_UNKNOWN,
    "NoEmail": Reason.USER_UNKNOWN,
    "Suppressed": Reason.USER_UNKNOWN,
    "OnAccountSuppressionList": Reason.USER_UNKNOWN,
    "MailboxFull": Reason.MAILBOX_FULL,
    "MessageTooLarge": Reason.TOO_LARGE,
    "ContentRejected": Reason.CONTENT,
    "AttachmentRejected": Reason.CONTENT,
}


def read(request: Request) -> Iterator[Told]:
    """One event a request. Where a mail had several recipients it doesn't say whom it is about."""
    for event in objects(request):
        word, data = text(event.get("type")), table(event.get("data"))
        kind = EVENTS.get(word)
        click, bounce = table(data.get("click")), table(data.get("bounce"))
        if kind == EventType.BOUNCED and bounce.get("subType") in ("Suppressed", "OnAccountSuppressionList"):
            kind = EventType.REJECTED  # it was never sent
        url, clicked = destination(click.get("link"))
        headers = {one.get("name", "").lower(): one.get("value") for one in data.get("headers") or () if isinstance(one, dict)}
        recipients = [parseaddr(text(one))[1] for one in data.get("to") or ()]
        yield Told(
            word,
            kind,
            key=request.headers.get("svix-id", ""),
            at=micros(click.get("timestamp") or event.get("created_at")),
            recipient=recipients[0] if len(recipients) == 1 else "",
            tokens=tokens(_tags(data.get("tags")), headers, clicked, message_id_token(data.get("message_id"))),
            message_ids=message_ids(data.get("email_id"), data.get("message_id")),
            url=url,
            address=text(click.get("ipAddress")),
            agent=text(click.get("userAgent")),
            bounce=_bounce(bounce) if kind == EventType.BOUNCED else None,
        )


def _tags(given: Any) -> Any:
    """Tags come as an object, from older accounts as a list of names and values."""
    if isinstance(given, list):
        return {text(table(tag).get("name")): table(tag).get("value") for tag in given}
    return given


def _bounce(bounce: Mapping[str, Any]) -> BounceFacts:
    subtype = text(bounce.get("subType"))
    is_permanent = bounce.get("type") in (None, "Permanent")
    diagnostic = bounce.get("diagnosticCode")
    said = " ".join(map(text, diagnostic)) if isinstance(diagnostic, list) else text(bounce.get("message"))
    return failure(said, is_permanent=is_permanent, category=SUBTYPES.get(subtype), subtype=subtype)


PROVIDER = Provider(
    "resend", "Resend", "the signing secret, whsec_…", by_standard_webhook("svix"), read, is_secret=is_svix_secret, window=300
)
