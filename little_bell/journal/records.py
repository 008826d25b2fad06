"""What the journal holds: raw facts, before anything is resolved or judged. Arrays in MessagePack, to be small.

A change that an older projector couldn't read raises FORMAT; the projector reads this format and the one before.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

FORMAT = 1
#: Bytes of a mail that are kept.
MOST_RAW = 256 * 1024
#: Messages that one record erases: some tens of milliseconds of the projector.
MOST_ERASED = 100


class Hit(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="hit"):
    """A mail client fetched a pixel, followed a link or asked for no more mail. Address and agent are whole here."""

    type: str  # opened, clicked, unsubscribed
    token: str
    received_at: int  # microseconds since 1970, UTC
    tenant_id: int = 0  # from the signature; 0 where there is none
    is_signed: bool = False
    is_head: bool = False
    address: str = ""
    agent: str = ""
    purpose: str = ""  # headers that speak of prefetch, as name=value
    url: str = ""
    position: int = 0  # of the followed link in the mail: 1 is the first; 0 where the link doesn't say


class Mark(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="mark"):
    """Somebody with a key, a sign-in or the command line says what happened to a message."""

    tenant_id: int
    message_id: int
    type: str
    received_at: int
    source: str  # api, page, cli
    stated_at: int | None = None
    provider_message_id: str | None = None
    bounce: dict[str, str | None] | None = None  # the fields of domain.events.BounceFacts
    url: str = ""
    report: str = ""  # the digest of the mail that says so
    token: str = ""  # of the message, where it was at hand: a journal that is shared out by tokens needs not look it up


class Report(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="report"):
    """A mail that came back, as it came. The projector files it, reads it and finds the messages that it is about.

    `raw` is cut to MOST_RAW: reports stand in front of the mail they return.
    """

    tenant_id: int
    received_at: int
    source: str  # how it came: dsn, gmail, smtp, mailbox, import
    raw: bytes
    token: str = ""  # of the bounce address it came to: it is about that message, whatever else it says
    is_shared: bool = False  # it came to a mailbox of all tenants: tokens say whose it is, the tenant gets what they leave

    @property
    def digest(self) -> str:
        """What its receipt is found by: the same mail has the same, on whatever way it came. To each bounce address it is another."""
        return hashlib.sha256(self.token.encode() + b"\0" + self.raw if self.token else self.raw).hexdigest()


class Review(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="review"):
    """Somebody has looked at a report that found no message: it is about this one, it is nothing, or it shall be read once more."""

    tenant_id: int
    received_at: int
    digest: str  # of the report
    message_id: int = 0
    is_dismissed: bool = False


class Receipt(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="receipt"):
    """A provider's webhook, proved and kept as it came. The notices that were read in it stand behind it in the same append."""

    tenant_id: int
    provider: str
    external_id: str  # what the provider calls it, or the digest
    digest: str  # SHA-256 of the body, in hex
    received_at: int
    headers: dict[str, str]
    body: bytes  # packed by zlib
    events: int = 0
    unknown: list[str] = []  # words that say nothing to us


class Notice(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="notice"):
    """What a provider tells of a message, whose name is yet to be found out: by token, by id, by recipient and time."""

    tenant_id: int
    provider: str
    key: bytes  # 16 bytes that name the event within the provider
    receipt: str  # external_id and digest of its receipt
    digest: str
    type: str
    received_at: int
    stated_at: int | None = None
    recipient: str = ""
    tokens: list[str] = []
    message_ids: list[str] = []
    url: str = ""
    address: str = ""
    agent: str = ""
    is_machine: bool = False
    is_shown_only: bool = False  # an open or a click that the tenant doesn't want counted
    bounce: dict[str, str | None] | None = None  # the fields of domain.events.BounceFacts
    message_id: int = 0  # ours, where somebody with an API key names it


class Suppression(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="suppression"):
    """Somebody says that an address gets no more mail. What rules and readers say stands in marks and hits."""

    tenant_id: int
    address: str  # as it was given
    why: str  # domain.suppressions.Why
    received_at: int
    source: str  # api, page, cli, python, import
    since: int | None = None
    expires_at: int | None = None
    note: str = ""


class Release(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="release"):
    """Somebody takes an address off the list, whatever was said against it until then."""

    tenant_id: int
    address: str
    received_at: int
    source: str


class CampaignDeletion(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="deletion"):
    """A campaign is gone for every reader; the projector purges it."""

    tenant_id: int
    campaign_id: int
    received_at: int


class Prune(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="prune"):
    """Events before a time may go; baselines keep what they added up to."""

    before: int
    received_at: int


class Erasure(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="erasure"):
    """Whom some messages went to, and what became of them one by one, is to be forgotten. The address isn't in here."""

    tenant_id: int
    messages: list[int]
    received_at: int


class Override(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="override"):
    """Somebody says who caused an open or a click, or takes that back. Ids of events can be others after a restore: `event` stays."""

    tenant_id: int
    message_id: int
    event_at: int  # when the event was received
    event: int  # domain.overrides.mark_of()
    verdict: str  # domain.overrides.Said, or TAKEN_BACK
    received_at: int
    source: str  # api, page, cli, python
    by: str
    note: str = ""
    token: str = ""  # of the message, for a journal that is shared out by it


class Origin(Struct, array_like=True, frozen=True, gc=False, tag_field="kind", tag="origin"):
    """Stands in front of records that wait on an ingest node's own disk: under which name and number they go to the shared journal."""

    source: str
    first: int


Record = Hit | Mark | Report | Review | Receipt | Notice | Suppression | Release | CampaignDeletion | Prune | Erasure | Override | Origin

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Record])
_raw_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])
_one: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


def report_of(tenant_id: int, source: str, raw: bytes, received_at: int, *, token: str = "", is_shared: bool = False) -> Report:
    """The record of a mail that came back. Whoever journals it has done all there is to do: what it means is found out once, later."""
    return Report(tenant_id, received_at, source, raw[:MOST_RAW], token, is_shared)


def erasures(tenant_id: int, message_ids: Sequence[int], received_at: int) -> list[Record]:
    """What is to be journaled so that whom these messages went to is forgotten."""
    starts = range(0, len(message_ids), MOST_ERASED)
    return [Erasure(tenant_id, list(message_ids[start : start + MOST_ERASED]), received_at) for start in starts]


def encode(records: list[Record]) -> bytes:
    """The records as one MessagePack array."""
    return _encoder.encode(records)


def encode_one(record: Record) -> bytes:
    """One record on its own, as it is parked or set aside."""
    return _encoder.encode(record)


def decode(body: bytes) -> list[Record]:
    """The records of a batch. Raises msgspec.DecodeError if any can't be read."""
    return _decoder.decode(body)


def decode_one(body: bytes) -> Record:
    """One record. Raises msgspec.DecodeError."""
    return _one.decode(body)


def split(body: bytes) -> list[bytes]:
    """A batch cut into its records without understanding them; the whole body as one if not even that works."""
    try:
        return [bytes(raw) for raw in _raw_decoder.decode(body)]
    except msgspec.DecodeError:
        return [body]
