"""What the webhooks' handler asks of the database, handed to it as functions: it knows none itself."""

import logging
import time
from collections.abc import Callable, Mapping

import orjson
from sqlalchemy import Connection, Engine

from little_bell.actions.keys import find_key
from little_bell.db import reading
from little_bell.domain.errors import Forbidden, Unauthorized
from little_bell.domain.events import Scope
from little_bell.ingest.tenants import Endpoint
from little_bell.ingest.webhooks import DEFAULT_TENANT, KeyHolder
from little_bell.journal.base import Position
from little_bell.queries.projection import is_folded
from little_bell.queries.tenants import find_tenant
from little_bell.queries.webhooks import SealedEndpoint, whose
from little_bell.queries.webhooks import sealed_endpoints as _sealed_endpoints
from little_bell.sealing import Sealing

#: How long somebody with an API key waits for what they told to be counted.
WAIT_SECONDS, POLL_SECONDS = 0.25, 0.01

log = logging.getLogger(__name__)


def authorize(engine: Engine) -> Callable[[str], KeyHolder]:
    """Who holds an API key that may report events. What it returns raises Unauthorized, Forbidden."""

    def holder_of(secret: str) -> KeyHolder:
        with reading(engine) as connection:
            holder = find_key(connection, secret)
        if holder is None:
            raise Unauthorized("this API key is unknown or was revoked")
        if Scope.EVENTS not in holder.scopes:
            raise Forbidden(f"this API key lacks the scope {str(Scope.EVENTS)!r}", code="missing_scope")
        return KeyHolder(holder.tenant_id, holder.tenant)

    return holder_of


def waiting(engine: Engine) -> Callable[[Position], None]:
    """Waits until a position is folded, WAIT_SECONDS at most."""

    def wait(position: Position) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            with reading(engine) as connection:
                if is_folded(connection, position):
                    return
            time.sleep(POLL_SECONDS)

    return wait


class Endpoints:
    """The endpoints of all tenants, unsealed once each."""

    def __init__(self, sealing: Sealing, default_secrets: Mapping[str, str]) -> None:
        self._sealing = sealing
        self._default_secrets = default_secrets
        self._known: dict[tuple[str, str], tuple[SealedEndpoint, Endpoint]] = {}

    def read(self, connection: Connection) -> dict[tuple[str, str], Endpoint]:
        """By slug and provider, as they are now. Those of the settings are the tenant `default`'s, beside its own."""
        rows = {(row.slug, row.provider): row for row in _sealed_endpoints(connection)}
        known = {key: self._known[key] if self._is_known(key, row) else (row, self._open(row)) for key, row in rows.items()}
        self._known = known
        endpoints = {key: endpoint for key, (_, endpoint) in known.items()}
        if self._default_secrets and (tenant_id := find_tenant(connection, DEFAULT_TENANT)) is not None:
            for provider, secret in self._default_secrets.items():
                own = endpoints.get((DEFAULT_TENANT, provider), Endpoint(tenant_id, ()))
                endpoints[DEFAULT_TENANT, provider] = Endpoint(own.tenant_id, (*own.secrets, (secret, None)), own.counts_opens)
        return endpoints

    def _is_known(self, key: tuple[str, str], row: SealedEndpoint) -> bool:
        return key in self._known and self._known[key][0] == row

    def _open(self, row: SealedEndpoint) -> Endpoint:
        text = self._sealing.unseal(row.sealed, whose(row.tenant_id, row.provider))
        if text is None:
            log.error("the secret of %s's webhooks of %s was sealed with a secret key that is gone; set it anew", row.slug, row.provider)
        secrets = tuple((one["secret"], one["until"]) for one in orjson.loads(text or "[]"))
        return Endpoint(row.tenant_id, secrets, row.counts_opens)
