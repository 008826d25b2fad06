"""SparkPost: https://developers.sparkpost.com/api/webhooks/ and the events at https://developers.sparkpost.com/api/events/"""

from collections.abc import Iterator, Mapping
from typing import Any

from little_bell.domain.bounces import Reason
from little_bell.domain.bounces.vocabulary import NO_COMPLAINTS
from little_bell.domain.events import BounceFacts, EventType
from little_bell.providers.base import Provider, Request, Told, fingerprint
from little_bell.providers.proofs import by_password, is_password
from little_bell.providers.reading import destination, failure, message_ids, micros, objects, table, text, tokens

EVENTS = {
    "injection": EventType.SENT,
    "delivery": EventType.DELIVERED,
    "delay": EventType.DEFERRED,
    "bounce": EventType.BOUNCED,
    "out_of_band": EventType.BOUNCED,
    "policy_rejection": EventType.REJECTED,
    "generation_failure": EventType.REJECTED,
    "generation_rejection": EventType.REJECTED,
    "spam_complaint": EventType.COMPLAINED,
    "open": EventType.OPENED,
    "initial_open": EventType.OPENED,
    "amp_open": EventType.OPENED,
    "amp_initial_open": EventType.OPENED,
    "click": EventType.CLICKED,
    "amp_click": EventType.CLICKED,
    "list_unsubscribe": EventType.UNSUBSCRIBED,
    "link_unsubscribe": EventType.UNSUBSCRIBED,
}
#: https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
CLASSES = {
    10: Reason.USER_UNKNOWN,
    20: Reason.UNKNOWN,
    21: Reason.NETWORK,
    22: Reason.MAILBOX_FULL,
    23: Reason.TOO_LARGE,
    24: Reason.EXPIRED,
    25: Reason.POLICY,
    30: Reason.USER_UNKNOWN,
    50: Reason.BLOCKED,
    51: Reason.CONTENT,
    52: Reason.CONTENT,
    53: Reason.CONTENT,
    54: Reason.POLICY,
    70: Reason.EXPIRED,
}
HARD = frozenset({10, 30})
#: Answers that are called bounces: an absence, a subscription, the end of one, a challenge.
NO_BOUNCE: dict[int, EventType | None] = {60: None, 80: None, 90: EventType.UNSUBSCRIBED, 100: None}


def read(request: Request) -> Iterator[Told]:
    """A batch; an empty `msys` is the question whether we are there."""
    for one in objects(request):
        for event in table(one.get("msys")).values():
            yield _told(event)


def _told(event: Mapping[str, Any]) -> Told:
    word = text(event.get("type"))
    kind, group = EVENTS.get(word), _class(event)
    if word in ("bounce", "out_of_band") and group in NO_BOUNCE:
        kind = NO_BOUNCE[group]
    if word == "spam_complaint" and event.get("fbtype") in NO_COMPLAINTS:
        kind = None
    url, clicked = destination(event.get("target_link_url"))
    return Told(
        word,
        kind,
        key=text(event.get("event_id")) or fingerprint(event),
        at=micros(event.get("timestamp")),
        recipient=text(event.get("raw_rcpt_to") or event.get("rcpt_to")),
        tokens=tokens(event.get("rcpt_meta"), clicked),
        message_ids=message_ids(event.get("message_id"), event.get("transmission_id")),
        url=url,
        address=text(event.get("ip_address")) if kind in (EventType.OPENED, EventType.CLICKED) else "",
        agent=text(event.get("user_agent")),
        is_machine=event.get("is_prefetched") is True,
        bounce=_bounce(event, group) if kind == EventType.BOUNCED else None,
    )


def _class(event: Mapping[str, Any]) -> int:
    given = text(event.get("bounce_class"))
    return int(given) if given.isascii() and given.isdigit() else 0


def _bounce(event: Mapping[str, Any], group: int) -> BounceFacts:
    is_permanent = group in HARD if group else None
    return failure(event.get("raw_reason") or event.get("reason"), is_permanent=is_permanent, category=CLASSES.get(group), subtype=group)


PROVIDER = Provider(
    "sparkpost", "SparkPost", "user:password, as Basic Auth of the webhook", by_password(), read, makes_secret=True, is_secret=is_password
)
