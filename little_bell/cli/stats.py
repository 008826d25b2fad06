"""`little-bell stats …`"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from little_bell.actions.kept_sets import drop_set, make_set, refuse_name
from little_bell.cli.installation import Installation, opened
from little_bell.cli.output import print_json, print_rows
from little_bell.cli.progress import counting
from little_bell.cli.rejudged import rejudged_shape, say_rejudged
from little_bell.domain.errors import Conflict, Invalid
from little_bell.domain.verdicts import RULES
from little_bell.domain.verdicts.reasons import VERSIONS
from little_bell.projector.fill import fill_in
from little_bell.projector.kept import change_set
from little_bell.projector.lease import Lease
from little_bell.projector.lists import read_lists
from little_bell.projector.projector import lease_of
from little_bell.projector.recipients_turn import settle_all
from little_bell.projector.recount import recount
from little_bell.projector.rejudge import Rejudging
from little_bell.projector.rights import LeaseLost, LeaseTaken
from little_bell.queries.changes import campaigns_changed
from little_bell.queries.integrity import message_total
from little_bell.queries.kept import campaigns_kept, list_sets

stats = typer.Typer(no_args_is_help=True, help="The counters that pages read.")


@stats.command()
def rebuild(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a counter is wrong.")] = False,
) -> None:
    """Count everything anew from the raw events, and put right what differs. No projector may be running."""
    with opened(context) as here, _alone(here) as lease:
        if not check:
            fill_in(here.engine, here.settings.lists_dir, lease.hold)
        with here.writing() as connection:
            lease.hold(connection)
            with counting("Messages", message_total(connection)) as advance:
                found = recount(connection, mend=not check, advance=advance)
        if not check:
            settle_all(here.engine)
    if here.as_json:
        print_json({"messages": found.messages, "recipients": found.recipients, "differences": found.differences, "mended": not check})
    else:
        for difference in found.differences:
            typer.echo(difference)
        done = "found" if check else "put right"
        typer.echo(
            f"{len(found.differences)} differences {done} in {found.messages} messages, their campaigns, and {found.recipients} recipients"
        )
    if check and found.differences:
        raise typer.Exit(1)


@stats.command()
def rejudge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would.")] = False,
    rules: Annotated[int, typer.Option("--rules", metavar="V", help=f"The version of the rules, {min(VERSIONS)} to {RULES}.")] = RULES,
    keep_as: Annotated[str, typer.Option("--keep-as", metavar="NAME", help="Change nothing; keep what it comes to under a name.")] = "",
) -> None:
    """Judge all opens and clicks anew, by the present lists and rules, and put the counters right. No projector may be running."""
    _check_rejudge(rules, dry_run, keep_as)
    with opened(context) as here, _alone(here) as lease:
        if keep_as:
            with here.reading() as connection:
                refuse_name(connection, keep_as)
        lists, is_written = read_lists(here.settings.lists_dir), not (dry_run or keep_as)
        found = Rejudging(here.engine, lists, is_rehearsal=not is_written, rules=rules, hold=lease.hold).run()
        if keep_as:
            with here.writing() as connection:
                lease.hold(connection)
                change_set(connection, make_set(connection, keep_as, rules, actor=here.actor), found.sums)
        with here.reading() as connection:
            rates = campaigns_changed(connection, found.sums.campaigns, is_written=is_written)
    if here.as_json:
        print_json(rejudged_shape(found, rates, rules) | {"written": is_written, "kept_as": keep_as or None})
        return
    say_rejudged(found, rates, "are" if is_written else "would be")
    if keep_as:
        typer.echo(f"Kept as {keep_as}: ask for it with --set {keep_as}, or ?set={keep_as}")


@stats.command()
def sets(context: typer.Context) -> None:
    """List the sets of numbers that were kept under a name, the newest first."""
    with opened(context) as here:
        with here.reading() as connection:
            rows = [asdict(row) for row in list_sets(connection)]
        if here.as_json:
            print_json(rows)
        else:
            print_rows({"Name": "name", "Rules": "rules", "Judged by": "says", "Made": "made_at"}, rows, numbers=("Rules",))


@stats.command("keep")
def keep_(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Keep the present numbers under a name, so that reports can go on showing them. No projector may be running."""
    with opened(context) as here, _alone(here) as lease:
        with here.writing() as connection:
            lease.hold(connection)
            campaigns = campaigns_kept(connection, make_set(connection, name, actor=here.actor))
        _told(here.as_json, {"kept_as": name, "campaigns": campaigns}, f"The numbers of {campaigns} campaigns are kept as {name}")


@stats.command("drop")
def drop_(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Let go of a set of numbers that was kept."""
    with opened(context) as here:
        with here.writing() as connection:
            drop_set(connection, name)
        _told(here.as_json, {"dropped": name}, f"{name} is gone")


def _told(as_json: bool, shape: dict[str, str | int], words: str) -> None:
    if as_json:
        print_json(shape)
    else:
        typer.echo(words)


def _check_rejudge(rules: int, dry_run: bool, keep_as: str) -> None:
    if rules not in VERSIONS:
        known = "; ".join(f"{number}: {version.says}" for number, version in VERSIONS.items())
        raise Invalid(f"there are no rules of version {rules}. There are {known}", "rules")
    if dry_run and keep_as:
        raise Invalid("--keep-as changes no numbers either: leave out --dry-run", "keep_as")


@contextmanager
def _alone(here: Installation) -> Iterator[Lease]:
    """With nobody else folding. Raises Conflict where somebody does, or went on meanwhile."""
    lease = lease_of(here.engine, here.settings)
    try:
        lease.take(here.engine)
    except LeaseTaken as taken:
        raise Conflict("a server or another command is folding events just now; stop it first") from taken
    try:
        yield lease
    except LeaseLost as lost:
        raise Conflict(str(lost)) from lost
    finally:
        lease.release(here.engine)
