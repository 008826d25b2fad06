"""An installation without its server: the database, made and migrated silently where there is none, and a tenant's part of it."""

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, Engine

from little_bell import db
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.config import Settings
from little_bell.domain.errors import Conflict, NotFound
from little_bell.domain.links import Addresses
from little_bell.first_run import TENANT
from little_bell.migrations import migrate
from little_bell.queries.tenants import find_tenant
from little_bell.secret_key import key_ring


@dataclass(frozen=True)
class Installation:
    """The settings and the database behind them; `actor` is what the audit log says of whoever works on it."""

    settings: Settings
    engine: Engine
    slug: str
    actor: str

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one snapshot."""
        return db.reading(self.engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """A write transaction."""
        return db.writing(self.engine)

    @cached_property
    def tenant_id(self) -> int:
        """Whose things are worked on. Raises NotFound for a tenant that isn't there; `default` is made."""
        found = self._find_tenant()
        if found is None and self.slug == TENANT:
            with suppress(Conflict), self.writing() as connection:  # another process that begins may be first
                return create_tenant(connection, NewTenant(slug=TENANT), self.actor)
            found = self._find_tenant()
        if found is None:
            raise NotFound(f"there is no tenant {self.slug!r}", "tenant")
        return found

    def _find_tenant(self) -> int | None:
        with self.reading() as connection:
            return find_tenant(connection, self.slug)

    @cached_property
    def addresses(self) -> Addresses:
        """Makes the URLs that go into mail."""
        return Addresses(self.settings.base_url, key_ring(self.settings), self.settings.bounce_domain)


def ready_engine(settings: Settings) -> Engine:
    """An engine on the migrated database; whoever asked for it disposes of it. Raises ForeignDatabase."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.database_url)
    return db.make_engine(settings.database_url, pool_size=2)
