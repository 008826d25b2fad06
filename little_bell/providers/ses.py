"""Amazon SES through SNS: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from little_bell.domain.bounces import Reason
from little_bell.domain.bounces.vocabulary import NO_COMPLAINTS
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers import sns
from little_bell.providers.base import Provider, Request, Told
from little_bell.providers.reading import destination, failure, message_id_token, message_ids, micros, table, text, tokens

#: By `eventType` or `notificationType`, with the name of the object that tells more.
EVENTS = {
    "Send": (EventType.SENT, "send"),
    "Delivery": (EventType.DELIVERED, "delivery"),
    "DeliveryDelay": (EventType.DEFERRED, "deliveryDelay"),
    "Bounce": (EventType.BOUNCED, "bounce"),
    "Complaint": (EventType.COMPLAINED, "complaint"),
    "Reject": (EventType.REJECTED, "reject"),
    "Rendering Failure": (EventType.REJECTED, "failure"),
    "Open": (EventType.OPENED, "open"),
    "Click": (EventType.CLICKED, "click"),
    "Subscription": (EventType.UNSUBSCRIBED, "subscription"),
}
#: `bounceSubType`, where the diagnostic says nothing.
SUBTYPES = {
    "NoEmail": Reason.USER_UNKNOWN,
    "Suppressed": Reason.USER_UNKNOWN,
    "OnAccountSuppressionList": Reason.USER_UNKNOWN,
    "MailboxFull": Reason.MAILBOX_FULL,
    "MessageTooLarge": Reason.TOO_LARGE,
    "ContentRejected": Reason.CONTENT,
    "AttachmentRejected": Reason.CONTENT,
}


def read(request: Request) -> Iterator[Told]:
    """An SNS message holds one event, which may be about several recipients."""
    envelope = sns.envelope(request)
    if envelope["Type"] != "Notification":
        return
    message = text_of_message(envelope)
    if message is None:  # SNS and SES say in plain words that a topic works
        yield Told("notice", None, envelope["MessageId"])
        return
    word = text(message.get("eventType") or message.get("notificationType"))
    kind, name = EVENTS.get(word, (None, ""))
    about, mail = table(message.get(name)), table(message.get("mail"))
    if word == "Subscription" and not table(about.get("newTopicPreferences")).get("unsubscribeAll"):
        kind = None
    if word == "Complaint" and about.get("complaintFeedbackType") in NO_COMPLAINTS:
        kind = None
    url, clicked = destination(about.get("link"))
    headers = {one.get("name", "").lower(): one.get("value") for one in mail.get("headers") or () if isinstance(one, dict)}
    common = table(mail.get("commonHeaders"))
    named = tokens(mail.get("tags"), headers, clicked, message_id_token(headers.get("message-id") or common.get("messageId")))
    for recipient, details in _recipients(about, mail):
        yield Told(
            word,
            kind,
            key=f"{envelope['MessageId']}:{recipient}",
            at=micros(about.get("timestamp") or envelope.get("Timestamp")),
            recipient=recipient,
            tokens=named,
            message_ids=message_ids(mail.get("messageId"), headers.get("message-id")),
            url=url,
            address=text(about.get("ipAddress")),
            agent=text(about.get("userAgent")),
            bounce=_bounce(about, details) if word == "Bounce" else None,
        )


def text_of_message(envelope: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The event, which SNS carries as text; None for text that is no JSON object."""
    try:
        found = orjson.loads(envelope["Message"])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _recipients(about: Mapping[str, Any], mail: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Who it is about, with what is said of each; of an open or a click SES doesn't know which of several."""
    for name in ("bouncedRecipients", "complainedRecipients", "delayedRecipients"):
        for one in about.get(name) or ():
            yield text(one.get("emailAddress")), one
    if not any(name in about for name in ("bouncedRecipients", "complainedRecipients", "delayedRecipients")):
        several = about.get("recipients") or mail.get("destination") or [""]
        if "recipients" not in about and about.keys() & {"userAgent", "link"} and len(several) > 1:
            several = [""]
        yield from ((text(one), {}) for one in several)


def _bounce(about: Mapping[str, Any], details: Mapping[str, Any]) -> BounceFacts:
    subtype = text(about.get("bounceSubType"))
    is_permanent = {"Permanent": True, "Transient": False}.get(text(about.get("bounceType")))
    said, status = details.get("diagnosticCode"), details.get("status")
    return failure(said or subtype, status=status, is_permanent=is_permanent, category=SUBTYPES.get(subtype), subtype=subtype)


PROVIDER = Provider(
    "ses",
    "Amazon SES",
    "the ARN of the SNS topic, as arn:aws:sns:…",
    sns.verify,
    read,
    kinds=frozenset({"text/plain", "application/json"}),
    is_secret=sns.is_topic,
    follow=sns.confirm,
)
