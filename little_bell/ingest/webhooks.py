"""Providers' webhooks: proved, journaled with what they tell, answered. What they mean is found out by the projector."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from little_bell.domain.errors import STATUS, BellError, NotFound, TooLarge, Unauthorized, Unavailable
from little_bell.domain.tokens import KEY_PREFIX
from little_bell.ingest.answers import Headers, Send, send_json, send_not_allowed
from little_bell.ingest.counters import Counters
from little_bell.ingest.facts import Scope
from little_bell.ingest.refusals import Refusals
from little_bell.ingest.replays import Replays
from little_bell.ingest.tenants import Endpoint, Tenants
from little_bell.journal.base import JournalFull, Position
from little_bell.journal.records import Record
from little_bell.providers import PROVIDERS, Accepted, Provider, Refused, Request, accept, read
from little_bell.providers.recording import records_of

if TYPE_CHECKING:
    from little_bell.ingest.app import Receive

#: SparkPost's and SendGrid's largest batches are a third of this.
MAX_BODY = 4_000_000
#: All bodies that are being read or checked at one moment; who comes then is asked to come again.
MAX_WAITING = 32_000_000
#: Checking and reading are work for a processor: two at a time leave the readers of mail theirs.
THREADS = 2
DEFAULT_TENANT = "default"
PREFIX = "/webhooks/"


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose API key it is."""

    tenant_id: int
    tenant: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What webhooks need besides. All of it may block.

    `authorize` gives the holder of an API key that may report events, or raises BellError. `wait` returns when a position
    is folded, or after a moment.
    """

    append: Callable[[list[Record]], Position]
    authorize: Callable[[str], KeyHolder]
    wait: Callable[[Position], None]
    fetch: Callable[[str], bytes]
    base_url: str
    refusals: Refusals


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, yet to be sent."""

    status: int
    body: Any
    headers: Headers


class Webhooks:
    """POST /webhooks/{provider}/{tenant}, and /webhooks/{provider} for the tenant `default`."""

    def __init__(self, desk: Desk, tenants: Tenants, counters: Counters) -> None:
        self._desk = desk
        self._tenants = tenants
        self._counters = counters
        self._replays = Replays()
        self._threads = ThreadPoolExecutor(THREADS, "webhook")
        self._waiting = 0

    def handles(self, path: str) -> bool:
        """Whether a path is a provider's."""
        return path.startswith(PREFIX) and path[len(PREFIX) :].partition("/")[0] in PROVIDERS

    def close(self) -> None:
        """Finish what was begun."""
        self._threads.shutdown(wait=True)

    async def __call__(self, scope: Scope, receive: "Receive", send: Send) -> None:
        if scope["method"] == "HEAD":  # Mandrill asks so whether we are there
            await send_json(send, 200, {}, True)
            return
        if scope["method"] != "POST":
            await send_not_allowed(send, b"HEAD, POST")
            return
        reply = await self._reply(scope, receive)
        self._counters.answered["webhook"] += 1  # no latency: that of readers is what is watched
        await send_json(send, reply.status, reply.body, False, reply.headers)

    async def _reply(self, scope: Scope, receive: "Receive") -> Reply:
        name, _, slug = scope["path"][len(PREFIX) :].partition("/")
        provider, size = PROVIDERS[name], 0
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        endpoint = self._tenants.endpoint(slug or DEFAULT_TENANT, name)
        try:
            if endpoint is None and _api_key(headers) is None:
                raise Refused("webhook_not_set_up", NotFound(f"webhooks of {provider.title} are not set up here"))
            size = self._reserve(headers)
            body = await _read(receive)
            request = Request(headers, body, f"{self._desk.base_url}{scope['path']}", self._desk.fetch)
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._take, provider, slug, endpoint, request)
        except Refused as refused:
            return self._refuse(refused, endpoint, name)
        except JournalFull as full:
            self._counters.drops[str(full)] += 1
            return _error(Unavailable(f"nothing can be recorded just now ({full})", retry_after=10))
        except BellError as error:
            return _error(error)
        finally:
            self._waiting -= size

    def _reserve(self, headers: Mapping[str, str]) -> int:
        stated = headers.get("content-length", "")
        size = int(stated) if stated.isdigit() and len(stated) < 12 else MAX_BODY
        if size > MAX_BODY:
            raise _too_large()
        if self._waiting + size > MAX_WAITING:
            raise Refused("webhook_busy", Unavailable("too many webhooks at once", retry_after=5))
        self._waiting += size
        return size

    def _take(self, provider: Provider, slug: str, endpoint: Endpoint | None, request: Request) -> Reply:
        """In a thread: prove, read, journal."""
        now = time.time()
        key = _api_key(request.headers)
        if key is not None:
            holder = self._desk.authorize(key)
            if slug and slug != holder.tenant:
                raise NotFound("there is no such tenant", "tenant")
            tenant_id, counts_opens = holder.tenant_id, endpoint.counts_opens if endpoint else True
            accepted = Accepted(hashlib.sha256(request.body).hexdigest(), read(provider, request))
        else:
            assert endpoint is not None
            tenant_id, counts_opens = endpoint.tenant_id, endpoint.counts_opens
            accepted = accept(provider, request, endpoint.alive(now), now)
            if not self._replays.is_first(tenant_id, provider.name, accepted.external_id, request.body):
                raise Refused("webhook_replayed", Unauthorized("this signature came with another body before"))
        records = records_of(tenant_id, provider, request, accepted, int(now * 1_000_000), counts_opens)
        position = self._desk.append(records)
        if key is not None:
            self._desk.wait(position)
        processed: int | bool = len(accepted.told) if provider.mails is None else True  # as the system before answered
        return Reply(200, {"processed": processed}, [(b"x-journal-position", str(position).encode())])

    def _refuse(self, refused: Refused, endpoint: Endpoint | None, provider: str) -> Reply:
        self._counters.drops[refused.reason] += 1
        if endpoint is not None:
            self._desk.refusals.add(endpoint.tenant_id, provider, refused.reason, refused.error.message)
        return _error(refused.error)


def _api_key(headers: Mapping[str, str]) -> str | None:
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.startswith(KEY_PREFIX):
        return secret.strip()
    return headers.get("x-api-key")


async def _read(receive: "Callable[[], Awaitable[dict[str, Any]]]") -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused("webhook_cut_off", Unavailable("the rest of it never came"))
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return bytes(body)


def _too_large() -> Refused:
    return Refused("webhook_too_large", TooLarge(f"the body is larger than {MAX_BODY:,} bytes"))


def _error(error: BellError) -> Reply:
    body = {"error": {"code": error.code, "message": error.message, "field": error.field}}
    wait = getattr(error, "retry_after", None)
    return Reply(STATUS[type(error)], body, [(b"retry-after", str(wait).encode())] if wait else [])
