"""`little-bell db …`"""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from little_bell.actions.forms import Form, Utc, fill
from little_bell.backup import back_up
from little_bell.chores import adopt_stream as begin_with
from little_bell.chores import prune as let_go
from little_bell.cli.dead import dead
from little_bell.cli.installation import opened
from little_bell.cli.output import print_json
from little_bell.cli.progress import counting, recounting
from little_bell.config import load_settings
from little_bell.domain.errors import Invalid
from little_bell.models import now
from little_bell.restore import restore as put_back
from little_bell.takeover.take import take_over
from little_bell.verify import verify as look

database = typer.Typer(no_args_is_help=True, help="The database as a whole.")
database.add_typer(dead, name="dead")
Folder = Annotated[Path, typer.Argument(metavar="DIR")]


@database.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to this version's tables; an empty one gets them all."""
    with opened(context) as here:
        if here.as_json:
            print_json({"database": here.engine.url.render_as_string()})
        else:
            typer.echo(f"{here.engine.url.render_as_string()} is up to date")


@database.command()
def backup(context: typer.Context, folder: Folder) -> None:
    """Copy database, journal and secret key into a new folder, beside a running server."""
    with opened(context) as here:
        made = back_up(here.engine, here.settings, folder)
        if here.as_json:
            print_json(made)
            return
    typer.echo(f"Backed up to {folder}, with {made.journaled_records} records of the journal that weren't counted yet.")
    if not made.has_secret_key:
        typer.echo("The secret key isn't in it: it comes from LITTLE_BELL_SECRET_KEY, so keep that too.")


@database.command()
def restore(context: typer.Context, folder: Folder) -> None:
    """Put a backup in the database's place, and replay what the journals hold behind it. No server may be running."""
    done = put_back(load_settings(), folder)
    if context.obj.as_json:
        print_json(asdict(done) | {"kept_as": done.kept_as and str(done.kept_as)})
        return
    typer.echo(f"Restored the backup of {done.made_at:%Y-%m-%d %H:%M:%S} UTC, and replayed {done.replayed_records} records on it.")
    if done.kept_as:
        typer.echo(f"The database that was here before is kept as {done.kept_as}")
    if done.unfolded_records:
        typer.echo(f"{done.unfolded_records} records are still to be counted: the next start does that.", err=True)


@database.command()
def verify(context: typer.Context) -> None:
    """Look whether the database is whole, every counter equals a rebuild from the raw events, and positions fit the journals.

    Changes nothing, and may run beside a server. Exits with 1 if something is wrong.
    """
    checks = []
    with opened(context) as here, recounting("Messages") as (begin, advance):
        for check in look(here, begin, advance):
            checks.append(check)
            if not context.obj.as_json:
                typer.echo(f"{'FAIL' if check.problems else 'ok'}  {check.said if not check.problems else check.name}")
                for problem in check.problems:
                    typer.echo(f"      {problem}")
    if context.obj.as_json:
        print_json(checks)
    if any(check.problems for check in checks):
        raise typer.Exit(1)


@database.command()
def import_seed(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="The older system's SQLite file.")]
) -> None:
    """Take an older system's database over, so that mail already sent goes on counting. No server may be running.

    One with campaigns goes into a tenant that has no messages, one with tenants into tenants of the same names.
    """
    with opened(context) as here, counting("Messages") as advance:
        taken = take_over(here, file, advance)
    if context.obj.as_json:
        print_json({**asdict(taken), "hosts": sorted(taken.hosts)})
        return
    typer.echo(f"{taken.campaigns} campaigns, {taken.messages} messages and {taken.events} events were taken over.")
    if taken.hosts:
        typer.echo(f"Links in mail already sent go on leading to: {', '.join(sorted(taken.hosts))}")
    for named in taken.named:
        typer.echo(f"  left out: {named}")
    for reason, count in sorted(taken.left_out.items()):
        typer.echo(f"{count} left out because {reason}")


class Before(Form):
    """Up to when events go."""

    before: Utc


@database.command()
def prune(
    context: typer.Context,
    days: Annotated[int | None, typer.Option(min=1, help="Events older than so many days go; else LITTLE_BELL_RETENTION_DAYS.")] = None,
    before: Annotated[str | None, typer.Option(metavar="TIME", help="Events before this time go, e.g. 2026-01-31.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False,
) -> None:
    """Let old events go. Every counter and every message's state stay as they are."""
    with opened(context) as here:
        until = _until(days or here.settings.retention_days, before)
        if not yes and not typer.confirm(f"Let all events before {until:%Y-%m-%d %H:%M} UTC go for good?", err=True):
            raise Invalid("nothing was pruned", "yes")
        with counting("Steps") as advance:
            is_done = let_go(here, until, advance)
        if here.as_json:
            print_json({"before": until, "is_done": is_done})
        elif is_done:
            typer.echo(f"Events before {until:%Y-%m-%d %H:%M} UTC are gone")
        else:
            typer.echo(f"Events before {until:%Y-%m-%d %H:%M} UTC go now, in small steps by the server")


@database.command("adopt-stream")
def adopt_stream(
    context: typer.Context, yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False
) -> None:
    """Count the shared journal's stream from its beginning, after the one before was lost or deleted."""
    with opened(context) as here:
        if not yes and not typer.confirm("Go on without what the stream before held and wasn't counted yet?", err=True):
            raise Invalid("nothing was changed", "yes")
        facts = begin_with(here)
        if here.as_json:
            print_json({"stream": facts.name, "made": facts.made, "partitions": facts.partitions})
        else:
            typer.echo(f"The stream {facts.name} of {facts.made} is counted from its beginning")


def _until(days: int, before: str | None) -> datetime:
    if before is not None:
        return fill(Before, {"before": before}).before
    if not days:
        raise Invalid("say up to when: --days N, --before TIME, or set LITTLE_BELL_RETENTION_DAYS", "days")
    return now() - timedelta(days=days)
