"""What commands work on: the installation here, or, with --url, the one that answers there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from little_bell import installation
from little_bell.client import Client
from little_bell.config import load_settings
from little_bell.database import Database
from little_bell.domain.errors import Invalid
from little_bell.installation import ready_engine

ACTOR = "command line"


@dataclass(frozen=True)
class Installation(installation.Installation):
    """The one here, and whether to answer in JSON."""

    as_json: bool


#: Why a command doesn't work over HTTP.
WITHOUT_URL = (
    "this command works on the database itself, which --db names, and not with --url and --key: "
    "who may do what, secrets and the installation are no matter of API keys. Run it on a machine of the installation, or use the web app"
)


@contextmanager
def opened(context: typer.Context) -> Iterator[Installation]:
    """The installation that the options before the command name. Raises Invalid for --url, ForeignDatabase."""
    options = context.obj
    if options.url or options.key:
        raise Invalid(WITHOUT_URL, "url")
    settings = load_settings()
    os.umask(0o077)  # what commands leave in the data folder is for its owner alone, as what the server leaves
    engine = ready_engine(settings)
    try:
        yield Installation(settings, engine, options.tenant or settings.tenant, ACTOR, options.as_json)
    finally:
        engine.dispose()


@contextmanager
def reached(context: typer.Context) -> Iterator[Database | Client]:
    """The same installation as Python sees it: on the database, or over HTTP with --url and --key. Raises Invalid."""
    options = context.obj
    if not (options.url or options.key):
        with opened(context) as here, Database.over(here, "cli") as database:
            yield database
        return
    if not (options.url and options.key):
        raise Invalid("--url and --key go together", "key" if options.url else "url")
    if options.db or options.tenant:
        raise Invalid("--url and --key say where and whose already: leave out --db and --tenant", "url")
    with Client(options.url, options.key) as client:
        yield client
