"""`little-bell stats …`"""

from typing import Annotated

import typer

from little_bell.cli.installation import opened
from little_bell.cli.output import print_json
from little_bell.cli.progress import counting
from little_bell.domain.errors import Conflict
from little_bell.projector.lease import LeaseTaken
from little_bell.projector.projector import lease_of
from little_bell.projector.recount import recount
from little_bell.queries.integrity import message_total

stats = typer.Typer(no_args_is_help=True, help="The counters that pages read.")


@stats.callback()
def _noun() -> None:
    """Keeps `stats` a noun with commands behind it, while there is but one."""


@stats.command()
def rebuild(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a counter is wrong.")] = False,
) -> None:
    """Count everything anew from the raw events, and put right what differs. No projector may be running."""
    with opened(context) as here:
        lease = lease_of(here.engine, here.settings)
        try:
            lease.take(here.engine)
        except LeaseTaken as taken:
            raise Conflict("a server or another command is folding events just now; stop it first") from taken
        try:
            with here.writing() as connection, counting("Messages", message_total(connection)) as advance:
                found = recount(connection, mend=not check, advance=advance)
        finally:
            lease.release(here.engine)
    if here.as_json:
        print_json({"messages": found.messages, "differences": found.differences, "mended": not check})
    else:
        for difference in found.differences:
            typer.echo(difference)
        done = "found" if check else "put right"
        typer.echo(f"{len(found.differences)} differences {done} in {found.messages} messages and their campaigns")
    if check and found.differences:
        raise typer.Exit(1)
