"""The database and what is folded into it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from little_bell.config import Settings
from little_bell.db import make_engine, reading
from little_bell.doctor.cluster import backlog_finding, projectors_findings
from little_bell.instance import known_journals
from little_bell.migrations import state_of
from little_bell.models import now
from little_bell.projector.lag import records_behind
from little_bell.projector.lease import is_held_here
from little_bell.queries.integrity import Reporting, reporting
from little_bell.queries.members import list_users
from little_bell.queries.projection import ProjectionRow, holder_until, projection, shared_journal
from little_bell.selftest.finding import Finding, fail, ok, warn

#: So many records wait for the projector of a busy server now and then.
USUAL_BEHIND = 10_000
USUAL_LAG = timedelta(seconds=30)
#: A receipt is handled with the next fold.
USUAL_WAIT = timedelta(minutes=5)


def inside_findings(settings: Settings) -> Iterator[Finding]:
    """Ends with the first that makes the others unanswerable."""
    name = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        state = state_of(settings.database_url)
    except (SQLAlchemyError, OSError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        yield fail("database", f"{name} can't be reached: {reason}", "start it, or put LITTLE_BELL_DATABASE_URL right")
        return
    match state:
        case "empty":
            yield warn("database", f"{name} has no tables yet", "the first little-bell serve, or any command, makes them")
        case "foreign":
            yield fail("database", f"{name} has tables that aren't of this version", "choose another, or update Little Bell")
        case "old":
            yield ok("database", f"{name} answers")
            yield fail("migrations", "its tables are of an older version", "little-bell db upgrade")
        case "current":
            yield ok("database", f"{name} answers")
            yield ok("migrations", "its tables are of this version")
            engine = make_engine(settings.database_url, pool_size=1)
            try:
                yield from _contents(engine, settings)
            finally:
                engine.dispose()


def _contents(engine: Engine, settings: Settings) -> Iterator[Finding]:
    with reading(engine) as connection:
        people, state, until = list_users(connection), projection(connection), holder_until(connection)
        webhooks = reporting(connection, now() - USUAL_WAIT)
    if any(user.is_operator for user in people):
        yield ok("operator", f"{sum(user.is_operator for user in people)} of {len(people)} accounts")
    else:
        yield warn("operator", "nobody owns the tenants of this installation", "little-bell user create EMAIL --operator")
    with reading(engine) as connection:
        shared = shared_journal(connection, now())
    if shared is not None:
        yield from projectors_findings(shared)
    if settings.journal_url:
        yield backlog_finding(settings, shared.folded if shared else {})
    else:
        yield _here(engine, settings, state, until)
    if state.dead_records:
        mend = "little-bell db dead list says why; after a mend, little-bell db dead replay --all"
        yield warn("dead records", f"{state.dead_records} records could not be folded", mend)
    else:
        yield ok("dead records", "none")
    yield _webhooks(webhooks, settings)


def _here(engine: Engine, settings: Settings, state: ProjectionRow, until: datetime | None) -> Finding:
    """How far this machine's journals are folded."""
    journals = known_journals(engine, settings.data_dir)
    behind = records_behind(engine, journals) if journals else 0
    is_late = state.folded_at is not None and now() - state.folded_at > USUAL_LAG
    is_held = (until is not None and until > now()) or (journals is not None and is_held_here(journals))
    return _projector(behind, is_late, is_held)


def _webhooks(found: Reporting, settings: Settings) -> Finding:
    name = "webhooks"
    if found.waiting:
        return warn(name, f"{found.waiting} receipts of providers weren't handled", "look at the server's log for why")
    if found.receipts:
        return ok(name, ", ".join(f"{provider}: {count} receipts" for provider, count in sorted(found.receipts.items())))
    if found.endpoints or settings.default_webhook_secrets:
        return warn(name, "a provider is set up, but nothing came from it yet", "let it send a test event to the URL of webhook set")
    mend = "little-bell webhook set PROVIDER, or mark deliveries and bounces by API"
    return warn(name, "no provider is set up: deliveries and bounces aren't known", mend)


def _projector(behind: int, is_late: bool, is_held: bool) -> Finding:
    said = f"{behind:,} records wait to be counted"
    if not behind:
        return ok("projector", "everything that was recorded is counted")
    if is_held and not (is_late and behind > USUAL_BEHIND):
        return ok("projector", said)
    if is_held:
        return warn("projector", f"{said}, and the last fold is long ago", "look at the server's log, and at the machine's load")
    return fail("projector", f"{said}, and nobody counts them", "little-bell serve, or little-bell serve --role projector")
