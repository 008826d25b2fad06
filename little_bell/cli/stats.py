"""`little-bell stats …`"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from little_bell.cli.installation import Installation, opened
from little_bell.cli.output import print_json
from little_bell.cli.progress import counting
from little_bell.domain.errors import Conflict
from little_bell.projector.fill import fill_in
from little_bell.projector.lists import read_lists
from little_bell.projector.projector import lease_of
from little_bell.projector.recount import recount
from little_bell.projector.rejudge import Rejudging
from little_bell.projector.rights import LeaseTaken
from little_bell.queries.integrity import message_total

stats = typer.Typer(no_args_is_help=True, help="The counters that pages read.")


@stats.command()
def rebuild(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a counter is wrong.")] = False,
) -> None:
    """Count everything anew from the raw events, and put right what differs. No projector may be running."""
    with opened(context) as here, _alone(here):
        if not check:
            fill_in(here.engine, here.settings.lists_dir)
        with here.writing() as connection, counting("Messages", message_total(connection)) as advance:
            found = recount(connection, mend=not check, advance=advance)
    if here.as_json:
        print_json({"messages": found.messages, "differences": found.differences, "mended": not check})
    else:
        for difference in found.differences:
            typer.echo(difference)
        done = "found" if check else "put right"
        typer.echo(f"{len(found.differences)} differences {done} in {found.messages} messages and their campaigns")
    if check and found.differences:
        raise typer.Exit(1)


@stats.command()
def rejudge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would.")] = False,
) -> None:
    """Judge all opens and clicks anew, by the present rules and lists, and put the counters right. No projector may be running."""
    with opened(context) as here, _alone(here):
        found = Rejudging(here.engine, read_lists(here.settings.lists_dir), is_rehearsal=dry_run).run()
    turned = [{"from": before, "to": after, "events": count} for (before, after), count in sorted(found.turned.items())]
    if here.as_json:
        looked_at = {"messages": found.messages, "events": found.events, "without_whole_address": found.not_whole}
        print_json(looked_at | {"changed": turned, "written": not dry_run})
        return
    for line in turned:
        typer.echo(f"{line['events']} from {line['from']} to {line['to']}")
    done = "would be" if dry_run else "are"
    typer.echo(f"{found.events} events of {found.messages} messages looked at; {found.turned.total()} {done} judged otherwise")
    if found.not_whole:
        typer.echo(f"{found.not_whole} of them have no address kept, or one too short for some networks: those rules stayed as they were")


@contextmanager
def _alone(here: Installation) -> Iterator[None]:
    """With nobody else folding."""
    lease = lease_of(here.engine, here.settings)
    try:
        lease.take(here.engine)
    except LeaseTaken as taken:
        raise Conflict("a server or another command is folding events just now; stop it first") from taken
    try:
        yield
    finally:
        lease.release(here.engine)
