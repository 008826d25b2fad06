"""`little-bell serve`: makes everything ready, then becomes the supervisor."""

import os
import socket
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer

from little_bell.config import ROOT, Settings, load_settings, variable
from little_bell.db import is_sqlite
from little_bell.domain.errors import Conflict, Invalid, NotFound
from little_bell.web_build import BUNDLE

PORT_SECONDS = 3.0
MOST_WORKERS = 64


class Role(StrEnum):
    """Which parts run here."""

    ALL = "all"  # everything, on one machine
    INGEST = "ingest"  # tracking and API, without the web app and without a projector; with a shared journal no database is needed
    WEB = "web"  # the server without a projector
    PROJECTOR = "projector"  # the fold alone
    MAIL = "mail"  # what takes bounces by SMTP or from a mailbox, alone


def serve(
    role: Annotated[Role, typer.Option(help="Which parts run here.")] = Role.ALL,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Server processes on the one port.")] = 1,
) -> None:
    """Serve the web app, the API and tracking on one port, and fold what they record."""
    settings = load_settings()
    _refuse_workers(role, workers, settings)
    _refuse_poor_cluster(role, settings)
    takes_mail = settings.takes_mail and role in (Role.ALL, Role.MAIL)
    if role not in (Role.PROJECTOR, Role.MAIL):
        _refuse_taken_port(settings.host, settings.port, "LITTLE_BELL_PORT")
    if takes_mail:
        _refuse_bad_mail(settings)
    elif role is Role.MAIL:
        raise Invalid("This role needs LITTLE_BELL_SMTP_PORT or LITTLE_BELL_MAILBOX.", "role")
    if role in (Role.ALL, Role.WEB) and not BUNDLE.exists():
        raise NotFound("The web app isn't built yet: run `make run`, or python -m little_bell.web_build.")
    if role is not Role.INGEST or not settings.journal_url:  # an ingest node of a cluster leaves the database to others
        _make_ready(settings)
    os.environ.update(_as_environment(settings))  # relative to this folder yet
    os.chdir(ROOT)  # where Reflex looks for rxconfig.py and the web build
    # Becoming the supervisor, not starting it: what making ready loaded is gone, and the process id stays.
    os.execv(sys.executable, [sys.executable, "-m", "little_bell.supervisor", role.value, str(workers), *(["mail"] if takes_mail else [])])


def _refuse_workers(role: Role, workers: int, settings: Settings) -> None:
    """Raises Invalid where several can't share the work."""
    if workers == 1 or role is Role.INGEST:
        return
    if role is Role.PROJECTOR and settings.journal_url:
        return
    if role in (Role.PROJECTOR, Role.MAIL):
        raise Invalid("One projector folds a machine's journals, and one takes mail: --workers is for servers.", "workers")
    if not settings.redis_url:
        told = "Open pages keep their state in one process's memory: several workers need LITTLE_BELL_REDIS_URL."
        raise Invalid(f"{told} Tracking and API alone need no Redis: serve --role ingest --workers {workers}.", "workers")


def _refuse_poor_cluster(role: Role, settings: Settings) -> None:
    """Raises Invalid where nodes that share a journal could not understand each other."""
    if not settings.journal_url:
        return
    if not settings.secret_key:
        raise Invalid("Nodes that share a journal need the same LITTLE_BELL_SECRET_KEY.", "LITTLE_BELL_SECRET_KEY")
    if role is not Role.INGEST and is_sqlite(settings.database_url):
        raise Invalid("A shared journal is folded into PostgreSQL: set LITTLE_BELL_DATABASE_URL.", "LITTLE_BELL_DATABASE_URL")


def _make_ready(settings: Settings) -> None:
    from little_bell.cli.welcome import welcome
    from little_bell.first_run import first_run
    from little_bell.migrations import migrate
    from little_bell.secret_key import key_ring

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.database_url)
    key_ring(settings)
    _refuse_second_machine(settings)
    made = first_run(settings)
    typer.echo(welcome(settings.base_url, made) if made else f"Little Bell is at {settings.base_url}")


def _refuse_second_machine(settings: Settings) -> None:
    """Raises Conflict where another machine folds its own journals into this database: ours would never be counted."""
    from little_bell.db import make_engine
    from little_bell.instance import journals_of
    from little_bell.projector.lease import LEASE_SECONDS, is_held_elsewhere

    if settings.journal_url or is_sqlite(settings.database_url):
        return
    engine = make_engine(settings.database_url, pool_size=1)
    try:
        is_elsewhere = is_held_elsewhere(engine, journals_of(engine, settings.data_dir))
    finally:
        engine.dispose()
    if is_elsewhere:
        told = "Another machine, or another data folder here, counts for this database, and would never see what is recorded here."
        mend = f"Give all one journal with LITTLE_BELL_JOURNAL_URL; if the other is gone for good, try again in {LEASE_SECONDS} seconds."
        raise Conflict(f"{told} {mend}")


def _refuse_bad_mail(settings: Settings) -> None:
    """Raises Conflict for a port that is taken, Invalid for a mailbox that can't be one: a child would only die of it again and again."""
    from little_bell.mailroom.account import account_of

    if settings.smtp_port:
        _refuse_taken_port(settings.smtp_host, settings.smtp_port, "LITTLE_BELL_SMTP_PORT")
    if settings.mailbox:
        account_of(settings.mailbox, settings.mailbox_password, settings.mailbox_token_command)


def _refuse_taken_port(host: str, port: int, setting: str) -> None:
    """Raises Conflict in words, where granian would share the port or end in a trace.

    A server that was killed a moment ago may still be answering what it had begun: it is given some seconds.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while error := _why_taken(host, port):
        if time.monotonic() > deadline:
            raise Conflict(f"Can't listen on {host}:{port}: {error}. Choose another with {setting}.")
        time.sleep(0.1)


def _why_taken(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def _as_environment(settings: Settings) -> dict[str, str]:
    """The settings as the children will read them: in another folder, and without this one's .env."""
    own: dict[str, object] = {"data_dir": settings.data_dir.absolute()}
    if settings.database or not settings.journal_url:  # a node without a database has to know that it has none
        own |= {"database": settings.database_url}
    values = settings.model_dump() | own
    return {variable(name): str(value) for name, value in values.items()}
