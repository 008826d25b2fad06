"""What providers have in common: a request as it came, what it tells, and the decision whether to believe it.

A provider's own file only translates: how its requests are signed, what its words mean. Here it is decided.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from little_bell.domain.errors import BellError, Malformed, NotFound, Unauthorized, Unavailable, UnsupportedType
from little_bell.domain.events import BounceFacts

T = TypeVar("T")
#: Clocks may differ so much: what was signed later than this from now was not signed by a provider.
SKEW_SECONDS = 300
#: How old a signed request may be. Providers send what wasn't taken again and again for up to a day, some under the first
#: signature, so a window of minutes would lose events; what comes twice changes nothing (docs/decisions/0011).
WINDOW_SECONDS = 25 * 3600
#: A provider's text beyond this isn't kept with the event; the receipt has it whole.
LONGEST_TEXT = 2_000

JSON = frozenset({"application/json"})
#: A GET of an https address that was checked before; the body. Raises OSError.
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as it came. Header names are in lower case; `url` is the address that the provider was given."""

    headers: Mapping[str, str]
    body: bytes
    url: str
    fetch: Fetch

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Proof:
    """That a request is the provider's. `at`: when it was signed, in seconds since 1970.

    `once`: what the provider gives to one request only, whatever is in it.
    """

    at: float | None = None
    once: str | None = None


@dataclass(slots=True)
class Told:
    """One event in a provider's words and ours; `type` is None for a word that says nothing of a message's fate.

    `key` names the event within the provider. `tokens` and `message_ids` may name the message, the surest first;
    `message_id` is our own id of it, or 0.
    `at` is in microseconds since 1970.
    """

    word: str
    type: str | None
    key: str
    at: int | None = None
    recipient: str = ""
    tokens: list[str] = field(default_factory=list)
    message_ids: list[str] = field(default_factory=list)
    message_id: int = 0
    url: str = ""
    address: str = ""
    agent: str = ""
    is_machine: bool = False
    bounce: BounceFacts | None = None


Verify = Callable[[Request, str], Proof | None]


@dataclass(frozen=True, slots=True)
class Provider:
    """How one provider's webhooks are proved and read.

    `secret` says what proves them, in words for whoever sets it up; `is_secret`, whether a text can be that; with
    `makes_secret` it is ours to make. `read` raises
    ValueError for what can't be read. `follow` is what a proved request asks us to do; it raises OSError. `mails` gives
    raw mail that came back.
    """

    name: str
    title: str
    secret: str
    verify: Verify
    read: Callable[[Request], Iterable[Told]]
    kinds: frozenset[str] = JSON
    makes_secret: bool = False
    is_secret: Callable[[str], bool] = bool
    window: float = WINDOW_SECONDS
    follow: Callable[[Request], None] | None = None
    mails: Callable[[Request], Iterable[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is the provider's, and what it tells. `external_id` names the request, or what is in it."""

    external_id: str
    told: list[Told]


class Refused(Exception):
    """A request that is not believed; `reason` is counted, `error` is the answer."""

    def __init__(self, reason: str, error: BellError) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


def accept(provider: Provider, request: Request, secrets: Iterable[str], now: float) -> Accepted:
    """What a request tells, once it is proved by one of the secrets. Raises Refused. `now` in seconds since 1970."""
    if request.kind not in provider.kinds:
        wanted = " or ".join(sorted(provider.kinds))
        raise Refused("webhook_wrong_type", UnsupportedType(f"{provider.title} sends {wanted}", "Content-Type"))
    proof = _proof(provider, request, secrets)
    if proof.at is not None and not now - provider.window <= proof.at <= now + SKEW_SECONDS:
        raise Refused("webhook_stale", Unauthorized("this was signed too long ago, or by a clock that is wrong"))
    accepted = Accepted(proof.once or hashlib.sha256(request.body).hexdigest(), read(provider, request))
    if provider.follow is not None:
        try:
            provider.follow(request)
        except OSError as error:
            raise Refused("webhook_not_confirmed", Unavailable(f"it can't be confirmed just now: {error}", 30)) from error
    return accepted


def _proof(provider: Provider, request: Request, secrets: Iterable[str]) -> Proof:
    known = list(secrets)
    if not known:
        raise Refused("webhook_not_set_up", NotFound(f"webhooks of {provider.title} are not set up here"))
    try:
        for secret in known:
            if proof := provider.verify(request, secret):
                return proof
    except OSError as error:
        raise Refused("webhook_unverified", Unavailable(f"its signature can't be checked just now: {error}", 30)) from error
    raise Refused("webhook_bad_signature", Unauthorized(f"this isn't signed or authorised as {provider.title} would"))


def read(provider: Provider, request: Request) -> list[Told]:
    """What a request tells that is trusted already. Raises Refused where it can't be read."""
    return _all(provider, provider.read, request)


def read_mails(provider: Provider, request: Request) -> list[bytes]:
    """The raw mail in a request that is trusted already. Raises Refused where it can't be read."""
    return _all(provider, provider.mails, request) if provider.mails is not None else []


def _all(provider: Provider, reading: Callable[[Request], Iterable[T]], request: Request) -> list[T]:
    try:
        return list(reading(request))
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # JSON of another shape than the vendor documents
        raise Refused("webhook_unreadable", Malformed(f"this can't be read as a webhook of {provider.title}")) from error


def fingerprint(*parts: Any) -> str:
    """A name for an event whose provider gives it none: what it says."""
    import orjson

    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
