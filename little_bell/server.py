"""Tracking and API without the web app: `server()` is an ASGI application that any server can run."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine

from little_bell.bulletin import Listener
from little_bell.config import Settings, load_settings
from little_bell.db import absent_engine, make_engine, reading
from little_bell.domain.links import Addresses
from little_bell.ingest.app import Ingest, Parts
from little_bell.ingest.counters import Counters
from little_bell.ingest.facts import read_facts
from little_bell.ingest.refusals import Refusals
from little_bell.ingest.sharing import SharedCounters
from little_bell.ingest.tenants import Snapshot, Tenants
from little_bell.ingest.webhooks import Desk, Webhooks
from little_bell.instance import instance_of
from little_bell.journal.board import Board
from little_bell.journal.group import GroupCommit
from little_bell.journal.jetstream import JetStreamJournal
from little_bell.lifeline import SUPERVISOR
from little_bell.providers.fetching import fetch
from little_bell.queries.redirects import readers_tenants, tenant_that_may_redirect
from little_bell.recorder import open_journal
from little_bell.replica import Replica
from little_bell.sealing import Sealing
from little_bell.secret_key import key_ring
from little_bell.tenant_board import TenantBoard
from little_bell.webhook_desk import Endpoints, authorize, waiting

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

#: A batch goes to a shared journal in a packet for each partition, all acknowledged by three servers: twice the hits cost the same.
SHARED_PAUSE_SECONDS = 0.002
#: How often the reader's path hears of new and suspended tenants.
REFRESH_SECONDS = 1.0
#: How long a reader of an unsigned link waits for the database before being asked instead.
RESOLVE_SECONDS = 2.0
#: How many such readers wait at once; further ones are asked at once.
MAX_RESOLVING = 100


class Server:
    """Tracking in front, the API behind. `startup` and `shutdown` belong to the process's lifespan."""

    def __init__(self, settings: Settings, *, is_ingest: bool = False) -> None:
        self._settings = settings
        #: An ingest node of a cluster asks no database for what readers need; it may have one for the API, or none.
        self._is_apart = is_ingest and bool(settings.journal_url)
        self.engine = absent_engine() if self._is_apart and not settings.database else make_engine(settings.database_url)
        self.replica = Replica(self.engine, settings.database_read_url) if settings.database_read_url else None
        self._ring = key_ring(settings)
        self.addresses = Addresses(settings.base_url, self._ring, settings.bounce_domain)
        self.counters = Counters()
        #: Processes that one supervisor started share a port, and count as one server.
        self._all_counters = SharedCounters(self.counters, settings.data_dir.absolute() / "counters", os.environ.get(SUPERVISOR, "alone"))
        self.tenants = Tenants()
        self._own = open_journal(settings, self.engine)
        self.journal = GroupCommit(self._own, pause_seconds=SHARED_PAUSE_SECONDS if settings.journal_url else 0.0)
        self.why_full = self._own.why_full
        parts = Parts(self.journal, self._ring, self.tenants, self.counters, settings.trusted_networks, self._resolve)
        self._ingest = Ingest(parts)
        self.sealing = Sealing(self._ring)
        self.refusals = Refusals()
        desk = Desk(self.journal.append, authorize(self.engine), waiting(self.engine), fetch, settings.base_url, self.refusals)
        self._webhooks = Webhooks(desk, self.tenants, self.counters)
        self._endpoints = Endpoints(self.sealing, settings.default_webhook_secrets)
        self._board = self._make_board()
        self._api = self._make_api()
        self._refreshing: asyncio.Task[None] | None = None
        self._resolvers = ThreadPoolExecutor(2, "resolve")
        self._resolving = 0

    def listener(self) -> Listener | None:
        """What hears that numbers moved, where Redis passes it on."""
        return Listener(self._settings.redis_url, instance_of(self.engine)) if self._settings.redis_url else None

    def _make_board(self) -> TenantBoard | None:
        if not isinstance(self._own, JetStreamJournal):
            return None
        settings = self._settings
        board = Board(self._own.link, settings.journal_stream, settings.journal_replicas)
        return TenantBoard(board, self.sealing, settings.data_dir.absolute())

    def _make_api(self) -> Any:
        from little_bell.api.app import make_api
        from little_bell.api.context import Context, JournalFigures

        return make_api(
            Context(
                engine=self.engine,
                journal=self.journal,
                ring=self._ring,
                addresses=self.addresses,
                settings=self._settings,
                counters=self._all_counters,
                why_full=self.why_full,
                journal_figures=lambda: JournalFigures(
                    self.journal.last, self.journal.largest_batch, getattr(self._own, "is_shared", None)
                ),
                backlog=self._own.backlog if isinstance(self._own, JetStreamJournal) else None,
                needs_database=not self._is_apart,
                replica=self.replica,
                address_of=lambda scope: read_facts(dict(scope), self._settings.trusted_networks).address,
            )
        )

    async def startup(self) -> None:
        """Begin to write the journal."""
        self.journal.start(asyncio.get_running_loop())
        self._all_counters.start()
        await self._refresh()
        self._refreshing = asyncio.create_task(self._keep_fresh())
        _collect_less()

    async def shutdown(self) -> None:
        """Write what waits and seal the journal."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._refreshing
        await asyncio.to_thread(self._webhooks.close)
        await asyncio.to_thread(self.journal.close)
        self._resolvers.shutdown(wait=False)
        self._own.close()
        self.engine.dispose()
        if self.replica is not None:
            self.replica.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._ingest.handles(scope["path"]):
            await self._ingest(scope, receive, send)
        elif scope["type"] == "http" and self._webhooks.handles(scope["path"]):
            await self._webhooks(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._api(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.startup()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.shutdown()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _resolve(self, token: str, url: str) -> int | None:
        """The tenant for which an unsigned link may redirect; None also where the database can't say in time."""
        if self._resolving >= MAX_RESOLVING:  # a flood of made-up links must not take the database from everybody else
            self.counters.drops["unsigned_busy"] += 1
            return None
        self._resolving += 1
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._resolvers, _ask, self.engine, token, url)
        except Exception as error:
            log.warning("an unsigned link can't be looked up: %s", error)
            return None
        finally:
            self._resolving -= 1

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            self._all_counters.keep()
            await self._refresh()

    async def _refresh(self) -> None:
        try:
            self.tenants.snapshot = await asyncio.to_thread(self._look)
            if self._board is not None and not self._is_apart:
                await asyncio.to_thread(self._board.tell, self.tenants.snapshot)
        except Exception as error:  # the last snapshot goes on: readers notice nothing of a database that is away
            log.warning("tenants can't be read just now: %s", error)

    def _look(self) -> Snapshot:
        if self._board is not None and self._is_apart:
            return self._board.hear()
        with reading(self.engine) as connection:
            known = readers_tenants(connection)
            return Snapshot(
                known.stopped, self._endpoints.read(connection), known.by_slug, known.unsigned, known.old_emails, known.has_old_tokens
            )


def _collect_less() -> None:
    """Leave what was loaded out of garbage collection, and collect rarely: a batch of 10,000 messages made every reader wait 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _ask(engine: Engine, token: str, url: str) -> int | None:
    with reading(engine) as connection:
        return tenant_that_may_redirect(connection, token, url)


def server() -> Server:
    """The application, with settings from the environment: `granian --interface asgi --factory little_bell.server:server`"""
    return Server(load_settings())


def ingest() -> Server:
    """The same for a node that takes readers' requests and webhooks alone; in a cluster it needs no database for that."""
    return Server(load_settings(), is_ingest=True)
