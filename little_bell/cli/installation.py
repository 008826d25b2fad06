"""What commands work on: the database, made and migrated silently where there is none, and the tenant's part of it."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property

import typer
from sqlalchemy import Connection, Engine

from little_bell import db
from little_bell.actions.tenants import NewTenant, create_tenant
from little_bell.config import Settings, load_settings
from little_bell.domain.errors import Invalid, NotFound
from little_bell.domain.links import Addresses
from little_bell.first_run import TENANT
from little_bell.migrations import migrate
from little_bell.queries.tenants import find_tenant
from little_bell.secret_key import key_ring

ACTOR = "command line"


@dataclass(frozen=True)
class Installation:
    """The settings and the database behind them, as long as a command runs."""

    settings: Settings
    engine: Engine
    as_json: bool
    slug: str

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one snapshot."""
        return db.reading(self.engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """A write transaction."""
        return db.writing(self.engine)

    @cached_property
    def tenant_id(self) -> int:
        """Whose things the command works on. Raises NotFound for a tenant that isn't there; `default` is made."""
        with self.reading() as connection:
            found = find_tenant(connection, self.slug)
        if found is not None:
            return found
        if self.slug != TENANT:
            raise NotFound(f"there is no tenant {self.slug!r}", "tenant")
        with self.writing() as connection:
            return find_tenant(connection, TENANT) or create_tenant(connection, NewTenant(slug=TENANT), ACTOR)

    @cached_property
    def addresses(self) -> Addresses:
        """Makes the URLs that go into mail."""
        return Addresses(self.settings.base_url, key_ring(self.settings))


@contextmanager
def opened(context: typer.Context) -> Iterator[Installation]:
    """The installation that the options before the command name. Raises Invalid for --url, ForeignDatabase."""
    options = context.obj
    if options.url or options.key:
        raise Invalid("--url and --key aren't understood yet: commands work on the database itself, which --db names", "url")
    settings = load_settings()
    os.umask(0o077)  # what commands leave in the data folder is for its owner alone, as what the server leaves
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.database_url)
    engine = db.make_engine(settings.database_url, pool_size=2)
    try:
        yield Installation(settings, engine, options.as_json, options.tenant or settings.tenant)
    finally:
        engine.dispose()
