"""`little-bell db …`"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from little_bell.backup import back_up
from little_bell.cli.installation import opened
from little_bell.cli.output import print_json
from little_bell.config import load_settings
from little_bell.restore import restore as put_back

database = typer.Typer(no_args_is_help=True, help="The database as a whole.")
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
