"""The vocabulary: one line of meaning per word, the same words in tables, routes and screens."""

from dataclasses import dataclass
from enum import StrEnum

from little_bell.domain.clients import NO_CLIENT, Client

QUARTER = 15 * 60 * 1_000_000  #: a quarter-hour in microseconds; every time zone's day is a whole number of them
MINUTE = 60 * 1_000_000


class EventType(StrEnum):
    """What can happen to a message."""

    QUEUED = "queued"  # registered, not handed over yet
    SENT = "sent"  # handed to a mail server
    DELIVERED = "delivered"  # taken by the recipient's mail server
    DEFERRED = "deferred"  # put off by the recipient's server; will be tried again
    OPENED = "opened"  # its pixel was fetched
    CLICKED = "clicked"  # one of its links was followed
    BOUNCED = "bounced"  # finally not delivered, for good or for now
    COMPLAINED = "complained"  # the recipient called it spam
    UNSUBSCRIBED = "unsubscribed"  # the recipient asked for no more
    REJECTED = "rejected"  # the provider refused to send it at all


class Verdict(StrEnum):
    """Who caused an event."""

    HUMAN = "human"  # a person, as far as can be told
    PROXY_HUMAN = "proxy-human"  # a person behind their mailbox provider's image proxy
    MACHINE = "machine"  # a prefetch, a scanner, a monitor
    UNSIGNED = "unsigned"  # a URL that we did not sign
    MANUAL = "manual"  # somebody said so by API, command line or page


HUMAN_VERDICTS = frozenset({"human", "proxy-human", "manual"})


class BounceType(StrEnum):
    """Whether it is worth trying again."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"


class Status(StrEnum):
    """How far a message has come: a ladder that is never climbed down."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"  # while bounced and never opened or clicked
    REJECTED = "rejected"  # never sent: outside every rate


class Role(StrEnum):
    """What a member may do in a tenant."""

    OWNER = "owner"  # everything, members, keys and settings too
    EDITOR = "editor"  # campaigns and messages
    VIEWER = "viewer"  # look and export


class Scope(StrEnum):
    """What an API key may do."""

    READ = "read"  # every GET
    WRITE = "write"  # campaigns, messages, links
    EVENTS = "events"  # marks and webhooks
    ADMIN = "admin"  # keys, members, settings


@dataclass(slots=True)
class BounceFacts:
    """What a report says of a failure. `category` is our vocabulary (domain/bounces.py), `reason` the text as given."""

    bounce_type: str
    category: str
    reason: str
    subtype: str | None = None
    diagnostic_code: str | None = None


@dataclass(slots=True)
class Event:
    """One judged event of a known message, as the fold takes it. Times are microseconds since 1970, UTC.

    `visitor` is a hash of network and agent: what can't be told apart counts as one reader. `is_private`: Apple's Mail Privacy Protection
    fetched the image. `country` has two letters or none, `position` is the place of the followed link in the mail, 0 where it isn't known.
    """

    id: int
    tenant_id: int
    campaign_id: int
    message_id: int
    type: str
    occurred_at: int
    verdict: str
    is_counted: bool = True
    visitor: int = 0
    link_id: int | None = None
    bounce: BounceFacts | None = None
    provider_message_id: str | None = None
    client: Client = NO_CLIENT
    is_private: bool = False
    country: str = ""
    position: int = 0
