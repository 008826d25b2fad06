"""What a webhook tells as records of the journal: the receipt as it came, then a notice of each event."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from little_bell.domain.events import EventType
from little_bell.journal.records import Notice, Receipt, Record, report_of
from little_bell.providers.base import Accepted, Provider, Request, Told, read, read_mails

#: Request headers that are kept with the receipt; those that carry a password are not.
MOST_HEADERS, LONGEST_HEADER = 40, 500
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key", "x-webhook-token"})
MOST_UNKNOWN, LONGEST_WORD, LONGEST_ADDRESS, LONGEST_AGENT = 20, 64, 320, 1024
_READERS = (EventType.OPENED, EventType.CLICKED)


def records_of(
    tenant_id: int, provider: Provider, request: Request, accepted: Accepted, received_at: int, counts_opens: bool = True
) -> list[Record]:
    """The records of an accepted request, to be appended together: of raw mail alone its report, which is its receipt too.

    `received_at` is in microseconds since 1970. Raises Refused for mail that can't be read.
    """
    if mails := read_mails(provider, request):
        return [report_of(tenant_id, provider.name, mail, received_at) for mail in mails]
    digest = hashlib.sha256(request.body).hexdigest()
    unknown = list(dict.fromkeys(one.word[:LONGEST_WORD] or "(nothing)" for one in accepted.told if one.type is None))[:MOST_UNKNOWN]
    receipt = Receipt(
        tenant_id,
        provider.name,
        accepted.external_id[:255],
        digest,
        received_at,
        _kept(request.headers),
        zlib.compress(request.body, 1),
        len(accepted.told),
        unknown,
    )
    name = (receipt.external_id, digest)
    return [receipt, *notices_of(tenant_id, provider, accepted.told, name, received_at, counts_opens)]


@dataclass(frozen=True, slots=True)
class Came:
    """A request that was believed before; `name` is its receipt's external id and digest."""

    tenant_id: int
    headers: Mapping[str, str]
    body: bytes
    name: tuple[str, str]
    counts_opens: bool = True


def notices_again(provider: Provider, came: Came, received_at: int) -> list[Record]:
    """The notices of a request, read once more. Those that were placed stay as they are. Raises Refused."""
    told = read(provider, Request(came.headers, came.body, "", _nothing))
    return [*notices_of(came.tenant_id, provider, told, came.name, received_at, came.counts_opens)]


def _nothing(_url: str) -> bytes:
    raise OSError("nothing is fetched for what was believed before")


def notices_of(
    tenant_id: int, provider: Provider, told: Sequence[Told], name: tuple[str, str], received_at: int, counts_opens: bool = True
) -> list[Notice]:
    """A notice of each event that means something to us; `name` is the receipt's external id and digest."""
    return [_notice(tenant_id, provider.name, one, name, received_at, counts_opens) for one in told if one.type is not None]


def _notice(tenant_id: int, provider: str, told: Told, name: tuple[str, str], received_at: int, counts_opens: bool) -> Notice:
    assert told.type is not None
    receipt, digest = name
    return Notice(
        tenant_id,
        provider,
        hashlib.blake2b(told.key.encode("utf-8", "replace"), digest_size=16).digest(),
        receipt,
        digest,
        str(told.type),
        received_at,
        told.at,
        told.recipient[:LONGEST_ADDRESS],
        told.tokens,
        told.message_ids,
        told.url,
        told.address,
        told.agent[:LONGEST_AGENT],
        told.is_machine,
        not counts_opens and told.type in _READERS,
        asdict(told.bounce) if told.bounce is not None else None,
        told.message_id,
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    kept = [(name, value[:LONGEST_HEADER]) for name, value in headers.items() if name not in _SECRET]
    return dict(kept[:MOST_HEADERS])
